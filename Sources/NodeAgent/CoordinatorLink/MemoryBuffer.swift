import COpenSSL

/// A growing buffer in memory that OpenSSL's encoders write to, or one that its decoders read from.
struct MemoryBuffer: ~Copyable {
    let bio: OpaquePointer

    init() {
        guard let bio = BIO_new(BIO_s_mem()) else { preconditionFailure("out of memory") }
        self.bio = bio
    }

    init(_ bytes: [UInt8]) {
        self.init()
        let written = bytes.isEmpty ? 0 : BIO_write(bio, bytes, Int32(bytes.count))
        precondition(written == bytes.count, "out of memory")
    }

    deinit { BIO_free_all(bio) }

    var bytes: [UInt8] {
        var start: UnsafeMutablePointer<CChar>?
        let count = holdfast_memory(bio, &start)
        guard let start, count > 0 else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
