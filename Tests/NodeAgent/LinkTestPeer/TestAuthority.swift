import COpenSSL

/// A certificate authority that signs whatever a test needs, also what a real one would not.
public final class TestAuthority {
    /// What a certificate says of itself.
    public struct Profile: Sendable {
        public var name = "test"
        /// Subject alternative name; nil: none.
        public var dnsName: String? = "holdfast-coordinator"
        /// `serverAuth`, `clientAuth`, or nil: no extended key usage.
        public var extendedKeyUsage: String? = "serverAuth"
        /// Seconds from now.
        public var notBefore = -3600
        public var notAfter = 30 * 86_400
        public var serial = 1

        public init() {}

        public static var server: Profile { Profile() }

        public static var node: Profile {
            var profile = Profile()
            profile.dnsName = nil
            profile.extendedKeyUsage = "clientAuth"
            return profile
        }
    }

    public let key = TestKey()
    public let certificate: TestCertificate

    public init() {
        certificate = Self.sign(
            key.handle,
            for: key.handle,
            issuer: nil,
            "CN=authority",
            notBefore: -7200,
            notAfter: 9_000_000,
            serial: 7
        ) {
            [("basicConstraints", "critical,CA:TRUE"), ("keyUsage", "critical,keyCertSign")]
        }
    }

    public func issue(to subject: TestKey, _ profile: Profile = .server) -> TestCertificate {
        issue(to: subject.handle, profile)
    }

    /// Signs a PKCS #10 request (DER); nil when it is none, or its signature does not hold.
    public func issue(for request: [UInt8], _ profile: Profile = .node) -> TestCertificate? {
        let parsed = request.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var position = buffer.baseAddress
            return d2i_X509_REQ(nil, &position, buffer.count)
        }
        guard let parsed else { return nil }
        defer { X509_REQ_free(parsed) }
        guard let subject = X509_REQ_get0_pubkey(parsed), X509_REQ_verify(parsed, subject) == 1 else { return nil }
        return issue(to: subject, profile)
    }

    private func issue(to subject: OpaquePointer, _ profile: Profile) -> TestCertificate {
        Self.sign(
            key.handle,
            for: subject,
            issuer: certificate.handle,
            profile.name,
            notBefore: profile.notBefore,
            notAfter: profile.notAfter,
            serial: profile.serial
        ) {
            var extensions = [("basicConstraints", "critical,CA:FALSE")]
            if let name = profile.dnsName { extensions.append(("subjectAltName", "DNS:\(name)")) }
            if let usage = profile.extendedKeyUsage { extensions.append(("extendedKeyUsage", usage)) }
            return extensions
        }
    }

    private static func sign(
        _ signer: OpaquePointer,
        for subject: OpaquePointer,
        issuer: OpaquePointer?,
        _ name: String,
        notBefore: Int,
        notAfter: Int,
        serial: Int,
        _ extensions: () -> [(String, String)]
    ) -> TestCertificate {
        let handle = X509_new()!
        X509_set_version(handle, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(handle), serial)
        X509_gmtime_adj(X509_getm_notBefore(handle), notBefore)
        X509_gmtime_adj(X509_getm_notAfter(handle), notAfter)
        X509_set_pubkey(handle, subject)
        let text = Array(name.utf8)
        X509_NAME_add_entry_by_txt(X509_get_subject_name(handle), "CN", 0x1000, text, Int32(text.count), -1, 0)
        X509_set_issuer_name(handle, X509_get_subject_name(issuer ?? handle))
        for (key, value) in extensions() {
            let made = X509V3_EXT_conf_nid(nil, nil, OBJ_sn2nid(key), value)!
            X509_add_ext(handle, made, -1)
            X509_EXTENSION_free(made)
        }
        precondition(X509_sign(handle, signer, EVP_sha256()) > 0, "the test's certificate is not signed")
        return TestCertificate(handle: handle)
    }
}
