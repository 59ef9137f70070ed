/// A region's name, such as `fra1`: 1 to 32 characters of `a–z 0–9 -`, starting with a letter.
public struct RegionName: Hashable, Sendable, Comparable {
    public let text: String

    /// Nil when `text` is not a region name.
    public init?(_ text: some StringProtocol) {
        let characters = Array(text.utf8)
        guard (1...32).contains(characters.count), let first = characters.first, Self.isLetter(first),
            characters.allSatisfy({ Self.isLetter($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") })
        else { return nil }
        self.text = String(text)
    }

    private static func isLetter(_ character: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(character)
    }

    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

extension RegionName: CustomStringConvertible {
    public var description: String { text }
}
