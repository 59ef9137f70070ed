import COpenSSL

/// A certificate of a test.
public final class TestCertificate {
    let handle: OpaquePointer

    init(handle: OpaquePointer) {
        self.handle = handle
    }

    deinit { X509_free(handle) }

    public var der: [UInt8] {
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509(handle, &encoded)
        guard count > 0, let encoded else { preconditionFailure("no DER") }
        defer { CRYPTO_free(encoded, nil, 0) }
        return Array(UnsafeBufferPointer(start: encoded, count: Int(count)))
    }
}
