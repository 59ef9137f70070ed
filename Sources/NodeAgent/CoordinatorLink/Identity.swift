import COpenSSL
import Model

/// Who a node is on the link: its key, its certificate, and the authority that it trusts.
public struct Identity: ~Copyable {
    public let key: PrivateKey
    public let certificate: Certificate
    public let authority: Certificate

    public enum Flaw: Error, Hashable, Sendable, CustomStringConvertible {
        case unreadable(OpenSSLError)
        case keyDoesNotFit
        case notOfAuthority

        public var description: String {
            switch self {
            case .unreadable(let error): "\(error)"
            case .keyDoesNotFit: "the certificate does not belong to the key"
            case .notOfAuthority: "the authority did not sign the certificate"
            }
        }
    }

    private init(_ key: consuming PrivateKey, _ certificate: consuming Certificate, _ authority: consuming Certificate)
    {
        self.key = key
        self.certificate = certificate
        self.authority = authority
    }

    /// Puts together what fits together. An expired certificate is well: it can still be renewed.
    public static func assemble(
        keyPEM: Secret<[UInt8]>,
        issued certificateDER: [UInt8],
        authority authorityDER: [UInt8]
    ) throws(Flaw) -> Identity {
        let key = try readable { () throws(OpenSSLError) in try PrivateKey.parse(pem: keyPEM) }
        let certificate = try readable { () throws(OpenSSLError) in try Certificate.parse(der: certificateDER) }
        let authority = try readable { () throws(OpenSSLError) in try Certificate.parse(der: authorityDER) }
        guard certificate.belongs(to: key) else { throw .keyDoesNotFit }
        guard certificate.isSigned(by: authority) else { throw .notOfAuthority }
        return Identity(key, certificate, authority)
    }

    private static func readable<Part: ~Copyable>(_ read: () throws(OpenSSLError) -> Part) throws(Flaw) -> Part {
        do { return try read() } catch { throw .unreadable(error) }
    }

    /// The whole in one PEM text: key, certificate, authority. One file, so that key and certificate are replaced
    /// together or not at all.
    public func pem() throws(OpenSSLError) -> Secret<[UInt8]> {
        let buffer = MemoryBuffer()
        let keyBytes = try key.pem().reveal()
        guard BIO_write(buffer.bio, keyBytes, Int32(keyBytes.count)) == keyBytes.count,
            PEM_write_bio_X509(buffer.bio, certificate.handle) == 1,
            PEM_write_bio_X509(buffer.bio, authority.handle) == 1
        else { throw OpenSSLError("writing the identity") }
        return Secret(buffer.bytes)
    }

    public static func parse(pem: Secret<[UInt8]>) throws(Flaw) -> Identity {
        let buffer = MemoryBuffer(pem.reveal())
        var certificates: [[UInt8]] = []
        while let handle = PEM_read_bio_X509(buffer.bio, nil, nil, nil) {
            let certificate = Certificate(retaining: handle)
            X509_free(handle)
            do { certificates.append(try certificate.der()) } catch { throw .unreadable(error) }
        }
        OpenSSLError.drain()
        guard certificates.count == 2 else {
            throw .unreadable(OpenSSLError("finding two certificates in the identity (found \(certificates.count))"))
        }
        return try assemble(keyPEM: pem, issued: certificates[0], authority: certificates[1])
    }
}
