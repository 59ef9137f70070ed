import Model

/// The bearer secret that an app presents: `hf_`, 43 base62 characters (256 bits), 6 of a CRC-32.
///
/// The checksum catches typing errors and helps secret scanners; it never authorises.
public struct SubscriptionToken: Hashable, Sendable {
    /// The whole token, shown to the app once.
    public let text: Secret<String>

    private static let prefix = "hf_"
    private static let randomCount = 43
    private static let checksumCount = 6
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    public static func generate() -> SubscriptionToken {
        var random: [UInt8] = []
        while random.count < randomCount {
            // 248 is the greatest multiple of 62 that fits: bytes from there on would favour the first characters.
            for byte in RandomBytes.make(64) where byte < 248 && random.count < randomCount {
                random.append(alphabet[Int(byte % 62)])
            }
        }
        return SubscriptionToken(checked: prefix + String(decoding: random + checksum(of: random), as: UTF8.self))
    }

    /// Nil when `text` is not of the form, or its checksum is wrong.
    public init?(_ text: some StringProtocol) {
        let characters = Array(text.utf8)
        guard characters.count == Self.prefix.utf8.count + Self.randomCount + Self.checksumCount,
            text.hasPrefix(Self.prefix)
        else { return nil }
        let body = Array(characters.dropFirst(Self.prefix.utf8.count))
        let random = Array(body.prefix(Self.randomCount))
        guard random.allSatisfy(Self.alphabet.contains),
            Array(body.suffix(Self.checksumCount)) == Self.checksum(of: random)
        else { return nil }
        self.init(checked: String(text))
    }

    private init(checked text: String) {
        self.text = Secret(text)
    }

    private static func checksum(of random: [UInt8]) -> [UInt8] {
        var value = CRC32.checksum(random)
        var digits: [UInt8] = []
        for _ in 0..<checksumCount {
            digits.append(alphabet[Int(value % 62)])
            value /= 62
        }
        return digits.reversed()
    }
}
