import COpenSSL
import Cryptography
import Glibc
import Model

/// An X.509 certificate (RFC 5280).
public struct Certificate: ~Copyable {
    let handle: OpaquePointer

    private init(handle: OpaquePointer) {
        self.handle = handle
    }

    /// Shares a certificate that OpenSSL owns.
    init(retaining handle: OpaquePointer) {
        X509_up_ref(handle)
        self.handle = handle
    }

    deinit { X509_free(handle) }

    public static func parse(der bytes: [UInt8]) throws(OpenSSLError) -> Certificate {
        let handle = bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var position = buffer.baseAddress
            guard let handle = d2i_X509(nil, &position, buffer.count) else { return nil }
            // Bytes behind the certificate are nobody's business here, and so an error.
            guard let base = buffer.baseAddress, let position, position - base == buffer.count else {
                X509_free(handle)
                return nil
            }
            return handle
        }
        guard let handle else { throw OpenSSLError("reading a certificate") }
        return Certificate(handle: handle)
    }

    public func der() throws(OpenSSLError) -> [UInt8] {
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509(handle, &encoded)
        guard count > 0, let encoded else { throw OpenSSLError("encoding a certificate") }
        defer { CRYPTO_free(encoded, #fileID, 0) }
        return Array(UnsafeBufferPointer(start: encoded, count: Int(count)))
    }

    /// SHA-256 of the SubjectPublicKeyInfo (DER): what a join token pins.
    public var publicKeyPin: [UInt8] {
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(handle), &encoded)
        guard count > 0, let encoded else { return [] }
        defer { CRYPTO_free(encoded, #fileID, 0) }
        return SHA256.hash(Array(UnsafeBufferPointer(start: encoded, count: Int(count))))
    }

    /// The serial number's bytes, big-endian.
    public var serial: [UInt8] {
        guard let number = X509_get0_serialNumber(handle) else { return [] }
        let count = Int(ASN1_STRING_length(number))
        return Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(number), count: count))
    }

    public var notBefore: Timestamp { Self.timestamp(X509_get0_notBefore(handle)) }
    public var notAfter: Timestamp { Self.timestamp(X509_get0_notAfter(handle)) }

    public func belongs(to key: borrowing PrivateKey) -> Bool {
        defer { OpenSSLError.drain() }
        return X509_check_private_key(handle, key.handle) == 1
    }

    public func isSigned(by authority: borrowing Certificate) -> Bool {
        defer { OpenSSLError.drain() }
        return X509_check_issued(authority.handle, handle) == X509_V_OK
            && X509_verify(handle, X509_get0_pubkey(authority.handle)) == 1
    }

    private static func timestamp(_ time: UnsafePointer<ASN1_TIME>?) -> Timestamp {
        var calendar = tm()
        guard ASN1_TIME_to_tm(time, &calendar) == 1 else { return Timestamp(seconds: 0) }
        return Timestamp(seconds: Int64(timegm(&calendar)))
    }
}
