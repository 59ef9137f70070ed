import CSodium

/// BLAKE2b (RFC 7693), keyed or not.
public enum BLAKE2b {
    /// - Parameters:
    ///   - key: 0 or 16 to 64 bytes.
    ///   - byteCount: 16 to 64.
    public static func hash(_ message: [UInt8], key: [UInt8] = [], byteCount: Int = 32) -> [UInt8] {
        _ = Sodium.ready
        precondition(key.isEmpty || (16...64).contains(key.count), "a BLAKE2b key has 16 to 64 bytes")
        return [UInt8](unsafeUninitializedCapacity: byteCount) { output, initialized in
            let status = crypto_generichash(
                output.baseAddress!,
                byteCount,
                message,
                UInt64(message.count),
                key.isEmpty ? nil : key,
                key.count
            )
            precondition(status == 0, "BLAKE2b of \(byteCount) bytes")
            initialized = byteCount
        }
    }
}
