/// CRC-32 (ISO 3309, as in zlib): catches typing errors in tokens; it protects nothing.
enum CRC32 {
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var register: UInt32 = 0xffff_ffff
        for byte in bytes {
            register ^= UInt32(byte)
            for _ in 0..<8 {
                register = register & 1 == 1 ? register >> 1 ^ 0xedb8_8320 : register >> 1
            }
        }
        return ~register
    }
}
