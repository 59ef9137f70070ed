import COpenSSL

/// A P-256 key of a test.
public final class TestKey {
    let handle: OpaquePointer

    public init() {
        guard let handle = holdfast_generate_p256() else { preconditionFailure("no key") }
        self.handle = handle
    }

    deinit { EVP_PKEY_free(handle) }

    public var pem: [UInt8] {
        let bio = BIO_new(BIO_s_mem())!
        defer { BIO_free_all(bio) }
        precondition(PEM_write_bio_PKCS8PrivateKey(bio, handle, nil, nil, 0, nil, nil) == 1)
        var start: UnsafeMutablePointer<CChar>?
        let count = holdfast_memory(bio, &start)
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
