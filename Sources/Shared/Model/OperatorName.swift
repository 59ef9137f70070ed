/// An operator's name, such as `alice` or `ci.deploy`: 1 to 32 characters of `a–z 0–9 . _ -`, starting with a letter.
///
/// It stands in a certificate, in the audit log and in file names.
public struct OperatorName: Hashable, Sendable, Comparable {
    /// Who types on the coordinator's own machine: no certificate may carry it.
    public static let console = "console"

    public let text: String

    /// Nil when `text` is not an operator's name.
    public init?(_ text: some StringProtocol) {
        let characters = Array(text.utf8)
        guard (1...32).contains(characters.count), let first = characters.first, Self.isLetter(first),
            characters.allSatisfy({ Self.isLetter($0) || Self.isDigitOrMark($0) }), text != Self.console
        else { return nil }
        self.text = String(text)
    }

    private static func isLetter(_ character: UInt8) -> Bool { (97...122).contains(character) }

    private static func isDigitOrMark(_ character: UInt8) -> Bool {
        (48...57).contains(character) || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(character)
    }

    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

extension OperatorName: CustomStringConvertible {
    public var description: String { text }
}
