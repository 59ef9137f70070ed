/// What others have written, fit to be shown: in a log, in a table, on a terminal, in JSON.
///
/// A terminal obeys control characters (C0, DEL, C1); the directions of writing (U+202A to U+202E, U+2066 to U+2069) turn
/// a line round; what has no width makes two names look like one; and a line separator makes two lines of one.
public enum PrintableText {
    /// In the place of what may not be shown: it is seen that something was there.
    static let substitute: Unicode.Scalar = "\u{fffd}"

    /// One line. Line ends and other white space become a space.
    ///
    /// - Parameter charactersMax: Unicode scalars; what is longer is cut.
    public static func line(_ text: some StringProtocol, charactersMax: Int = 300) -> String {
        let shown = text.unicodeScalars.lazy.prefix(charactersMax).map { scalar in
            isPrintable(scalar) ? scalar : scalar.properties.isWhitespace ? " " : substitute
        }
        return String(String.UnicodeScalarView(shown))
    }

    /// Several lines, which end with a line feed, the only control character that is left.
    public static func lines(_ text: some StringProtocol) -> String {
        if text.utf8.allSatisfy({ (0x20...0x7e).contains($0) || $0 == 0x0a }) { return String(text) }
        return text.split(separator: "\n" as Character, omittingEmptySubsequences: false)
            .map { line($0, charactersMax: .max) }.joined(separator: "\n")
    }

    /// The same JSON document (RFC 8259), with what may not be shown written as escapes: nothing is lost, and a terminal
    /// obeys none of it.
    ///
    /// - Parameter json: a whole document in UTF-8. Only its strings hold such characters.
    public static func escaped(json: [UInt8]) -> [UInt8] {
        if json.allSatisfy({ (0x20...0x7e).contains($0) || $0 == 0x0a }) { return json }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(json.count)
        for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
            if isPrintable(scalar) || scalar == "\n" {
                bytes += UTF8.encode(scalar)!
            } else {
                for unit in UTF16.encode(scalar)! { escape(unit, into: &bytes) }
            }
        }
        return bytes
    }

    /// Whether it stands for itself, with a width, and on its line.
    public static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20...0x7e).contains(scalar.value) }
        if scalar.properties.isDefaultIgnorableCodePoint { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate, .privateUse,
            .unassigned:
            return false
        default: return true
        }
    }

    /// `\uXXXX`.
    private static func escape(_ unit: UInt16, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(UInt8(ascii: "u"))
        for shift in stride(from: 12, through: 0, by: -4) {
            bytes.append(Hexadecimal.digit(UInt8(unit >> shift & 0xf)))
        }
    }
}
