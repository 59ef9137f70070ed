/// A node's name: a DNS label, or several with dots between them, 63 characters in all.
///
/// A label has letters, digits and hyphens, and neither begins nor ends with a hyphen (RFC 1123, section 2.1): so that a
/// name is never taken for an option, for a folder, or for something else than it looks like.
public struct NodeName: Hashable, Sendable {
    public static let syntax =
        "1 to 63 letters, digits and hyphens, a dot between parts, and no hyphen at a part's ends"

    public let text: String

    /// Nil when `text` is not a node's name.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard (1...63).contains(bytes.count),
            bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy({ Self.isLabel($0) })
        else { return nil }
        self.text = String(text)
    }

    private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
        guard let first = label.first, let last = label.last else { return false }
        let hyphen = UInt8(ascii: "-")
        return first != hyphen && last != hyphen && label.allSatisfy { isLetterOrDigit($0) || $0 == hyphen }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte | 0x20)
    }
}

extension NodeName: CustomStringConvertible {
    public var description: String { text }
}
