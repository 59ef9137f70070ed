import CSodium

/// Bytes of the kernel's random generator (libsodium `randombytes_buf`).
public enum RandomBytes {
    public static func make(_ count: Int) -> [UInt8] {
        _ = Sodium.ready
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            randombytes_buf(buffer.baseAddress!, count)
            initialized = count
        }
    }
}
