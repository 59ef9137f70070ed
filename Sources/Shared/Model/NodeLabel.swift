/// The syntax of the words that operators put on a node.
public enum NodeLabel {
    public static let keySyntax =
        "1 to 63 characters of a-z, 0-9, '.', '_' and '-', the first and the last a letter or digit"
    public static let valueSyntax = "at most 200 bytes of printable characters"

    public static func isKey(_ text: String) -> Bool {
        guard (1...63).contains(text.utf8.count), let first = text.utf8.first, let last = text.utf8.last else {
            return false
        }
        return isLetterOrDigit(first) && isLetterOrDigit(last)
            && text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == 45 || $0 == 46 || $0 == 95 }
    }

    public static func isValue(_ text: String) -> Bool {
        text.utf8.count <= 200 && text.unicodeScalars.allSatisfy(PrintableText.isPrintable)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (97...122).contains(byte) || (48...57).contains(byte)
    }
}
