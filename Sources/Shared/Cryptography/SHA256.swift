import CSodium

/// SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104): what the stores' formats ask for.
public enum SHA256 {
    public static let byteCount = 32

    public static func hash(_ message: [UInt8]) -> [UInt8] {
        _ = Sodium.ready
        return [UInt8](unsafeUninitializedCapacity: byteCount) { output, initialized in
            crypto_hash_sha256(output.baseAddress!, message, UInt64(message.count))
            initialized = byteCount
        }
    }

    /// - Parameter key: of any length.
    public static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        _ = Sodium.ready
        var state = crypto_auth_hmacsha256_state()
        crypto_auth_hmacsha256_init(&state, key, key.count)
        crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
        return [UInt8](unsafeUninitializedCapacity: byteCount) { output, initialized in
            crypto_auth_hmacsha256_final(&state, output.baseAddress!)
            initialized = byteCount
        }
    }
}
