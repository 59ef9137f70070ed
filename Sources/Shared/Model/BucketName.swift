/// The name of a bucket on an object store: 3 to 63 characters of `a–z 0–9 -`, beginning and ending with a letter or a
/// digit. Every S3-compatible server takes it, in a path and in a host's name.
public struct BucketName: Hashable, Sendable {
    public let text: String

    /// Nil when `text` is not such a name.
    public init?(_ text: some StringProtocol) {
        let characters = Array(text.utf8)
        guard (3...63).contains(characters.count), let first = characters.first, let last = characters.last,
            Self.isAlphanumeric(first), Self.isAlphanumeric(last),
            characters.allSatisfy({ Self.isAlphanumeric($0) || $0 == UInt8(ascii: "-") })
        else { return nil }
        self.text = String(text)
    }

    /// How many characters of a made name are random: 130 bits.
    private static let randomCount = 26

    /// A name that says nothing about whose it is; nil when the prefix cannot begin one.
    public static func random(prefix: String, using generator: inout some RandomNumberGenerator) -> Self? {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        let random = (0..<randomCount).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
        return Self(prefix + String(decoding: random, as: UTF8.self))
    }

    private static func isAlphanumeric(_ character: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(character)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character)
    }
}

extension BucketName: CustomStringConvertible {
    public var description: String { text }
}
