import Model

/// The bearer secret that an app presents: `hf_`, 32 base62 characters (190 random bits), 11 of a keyed tag (64 bits),
/// 6 of a CRC-32.
///
/// The checksum catches typing errors and helps secret scanners. The tag tells, without a look into the database, that
/// the token was made under one of our peppers: a stranger cannot invent texts that cost us a query. Neither authorises.
/// Tokens that were made before there was a tag have 43 random characters; they are as good.
public struct SubscriptionToken: Hashable, Sendable {
    /// The whole token, shown to the app once.
    public let text: Secret<String>

    private static let prefix = "hf_"
    private static let bodyCount = 43
    private static let randomCount = 32
    private static let checksumCount = 6
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// A token without a tag, as they were made once.
    public static func generate() -> SubscriptionToken {
        SubscriptionToken(body: characters(bodyCount) { _ in RandomBytes.make(64) })
    }

    public static func generate(under pepper: Pepper) -> SubscriptionToken {
        tagged(characters(randomCount) { _ in RandomBytes.make(64) }, pepper)
    }

    /// The same token for the same seed and pepper, so that an answer can be repeated which is stored nowhere.
    public static func derived(from seed: [UInt8], under pepper: Pepper) -> SubscriptionToken {
        let random = characters(randomCount) { turn in
            pepper.hash(seed + [UInt8(truncatingIfNeeded: turn)], context: "subscription-token of a request")
        }
        return tagged(random, pepper)
    }

    /// Whether it was made under this pepper. It may have ended since.
    public func isMade(under pepper: Pepper) -> Bool {
        let body = Array(text.reveal().utf8.dropFirst(Self.prefix.utf8.count).prefix(Self.bodyCount))
        let tag = Self.tag(of: Array(body.prefix(Self.randomCount)), pepper)
        return ConstantTime.areEqual(Array(body.suffix(tag.count)), tag)
    }

    /// Nil when `text` is not of the form, or its checksum is wrong.
    public init?(_ text: some StringProtocol) {
        let characters = Array(text.utf8)
        guard characters.count == Self.prefix.utf8.count + Self.bodyCount + Self.checksumCount,
            text.hasPrefix(Self.prefix)
        else { return nil }
        let rest = Array(characters.dropFirst(Self.prefix.utf8.count))
        let body = Array(rest.prefix(Self.bodyCount))
        guard body.allSatisfy(Self.alphabet.contains),
            Array(rest.suffix(Self.checksumCount)) == Self.checksum(of: body)
        else { return nil }
        self.init(checked: String(text))
    }

    private init(checked text: String) {
        self.text = Secret(text)
    }

    private init(body: [UInt8]) {
        self.init(checked: Self.prefix + String(decoding: body + Self.checksum(of: body), as: UTF8.self))
    }

    private static func tagged(_ random: [UInt8], _ pepper: Pepper) -> SubscriptionToken {
        SubscriptionToken(body: random + tag(of: random, pepper))
    }

    /// - Parameter source: random bytes, anew for each turn.
    private static func characters(_ count: Int, from source: (_ turn: Int) -> [UInt8]) -> [UInt8] {
        var characters: [UInt8] = []
        var turn = 0
        while characters.count < count {
            // 248 is the greatest multiple of 62 that fits: bytes from there on would favour the first characters.
            for byte in source(turn) where byte < 248 && characters.count < count {
                characters.append(alphabet[Int(byte % 62)])
            }
            turn += 1
        }
        return characters
    }

    private static func tag(of random: [UInt8], _ pepper: Pepper) -> [UInt8] {
        let hash = pepper.hash(random, context: "subscription-token tag")
        return digits(hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }, count: bodyCount - randomCount)
    }

    private static func checksum(of body: [UInt8]) -> [UInt8] {
        digits(UInt64(CRC32.checksum(body)), count: checksumCount)
    }

    /// 11 digits hold every value.
    private static func digits(_ value: UInt64, count: Int) -> [UInt8] {
        var value = value
        var digits: [UInt8] = []
        for _ in 0..<count {
            digits.append(alphabet[Int(value % 62)])
            value /= 62
        }
        return digits.reversed()
    }
}
