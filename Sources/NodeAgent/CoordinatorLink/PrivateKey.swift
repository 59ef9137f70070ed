import COpenSSL
import Model

/// A node's TLS key: P-256, made on the node, never leaving it.
public struct PrivateKey: ~Copyable {
    let handle: OpaquePointer

    /// `MBSTRING_UTF8`, a macro that Swift does not see.
    private static let textIsUTF8: Int32 = 0x1000

    private init(handle: OpaquePointer) {
        self.handle = handle
    }

    deinit { EVP_PKEY_free(handle) }

    public static func generate() throws(OpenSSLError) -> PrivateKey {
        guard let handle = holdfast_generate_p256() else { throw OpenSSLError("making a P-256 key") }
        return PrivateKey(handle: handle)
    }

    /// - Parameter pem: a text in which the first private key counts.
    public static func parse(pem: Secret<[UInt8]>) throws(OpenSSLError) -> PrivateKey {
        let buffer = MemoryBuffer(pem.reveal())
        guard let handle = PEM_read_bio_PrivateKey(buffer.bio, nil, nil, nil) else {
            throw OpenSSLError("reading the private key")
        }
        return PrivateKey(handle: handle)
    }

    /// PKCS #8 in PEM, unencrypted: the file's mode protects it.
    public func pem() throws(OpenSSLError) -> Secret<[UInt8]> {
        let buffer = MemoryBuffer()
        guard PEM_write_bio_PKCS8PrivateKey(buffer.bio, handle, nil, nil, 0, nil, nil) == 1 else {
            throw OpenSSLError("writing the private key")
        }
        return Secret(buffer.bytes)
    }

    /// DER of a PKCS #10 request (RFC 2986), signed with this key. The authority decides what the certificate says;
    /// the name is for people.
    public func certificateRequest(commonName: String) throws(OpenSSLError) -> [UInt8] {
        guard let request = X509_REQ_new() else { throw OpenSSLError("making a certificate request") }
        defer { X509_REQ_free(request) }
        let name = Array(commonName.utf8)
        guard
            X509_NAME_add_entry_by_txt(
                X509_REQ_get_subject_name(request),
                "CN",
                Self.textIsUTF8,
                name,
                Int32(name.count),
                -1,
                0
            ) == 1,
            X509_REQ_set_pubkey(request, handle) == 1, X509_REQ_sign(request, handle, EVP_sha256()) > 0
        else { throw OpenSSLError("making a certificate request") }
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509_REQ(request, &encoded)
        guard count > 0, let encoded else { throw OpenSSLError("encoding a certificate request") }
        defer { CRYPTO_free(encoded, #fileID, 0) }
        return Array(UnsafeBufferPointer(start: encoded, count: Int(count)))
    }
}
