import Logging
import Model

/// One log line as `key=value` pairs: one record is one line, whatever the values hold.
struct LogfmtLine {
    private(set) var text = ""

    mutating func append(_ key: String, _ value: String) {
        if !text.isEmpty { text += " " }
        text += Self.plainKey(key)
        text += "="
        text += Self.isPlain(value) ? value : Self.quoted(value)
    }

    mutating func append(_ key: String, metadata value: Logger.MetadataValue) {
        if case .dictionary(let entries) = value {
            for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
                append("\(key).\(name)", metadata: entry)
            }
        } else {
            append(key, "\(value)")
        }
    }

    private static func plainKey(_ key: String) -> String {
        guard !key.isEmpty else { return "_" }
        return String(key.unicodeScalars.map { isKeyCharacter($0) ? Character($0) : "_" })
    }

    private static func isKeyCharacter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "_.-".unicodeScalars.contains(scalar))
    }

    private static func isPlain(_ value: String) -> Bool {
        !value.isEmpty
            && value.unicodeScalars.allSatisfy {
                ("!"..."~").contains($0) && $0 != "\"" && $0 != "=" && $0 != "\\"
            }
    }

    /// Control characters, line separators and direction overrides become `\u….`: a value cannot forge a line nor hide one.
    private static func quoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default:
                if PrintableText.isPrintable(scalar) {
                    text.unicodeScalars.append(scalar)
                } else {
                    text += "\\u{\(String(scalar.value, radix: 16))}"
                }
            }
        }
        return text + "\""
    }
}
