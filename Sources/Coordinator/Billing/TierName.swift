/// A tier's name, such as `basic`: 1 to 32 characters of `a–z 0–9 - _`, starting with a letter.
public struct TierName: Hashable, Sendable, Comparable {
    public let text: String

    /// Nil when `text` is not a tier's name.
    public init?(_ text: some StringProtocol) {
        let characters = Array(text.utf8)
        guard (1...32).contains(characters.count), let first = characters.first, Self.isLetter(first),
            characters.allSatisfy(Self.isAllowed)
        else { return nil }
        self.text = String(text)
    }

    private static func isLetter(_ character: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(character)
    }

    private static func isAllowed(_ character: UInt8) -> Bool {
        isLetter(character) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character)
            || character == UInt8(ascii: "-") || character == UInt8(ascii: "_")
    }

    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

extension TierName: CustomStringConvertible {
    public var description: String { text }
}
