/// The status document for people: one line per member, members of members indented.
///
/// The document comes from `JSON.text`, which writes no white space between tokens.
enum StatusText {
    static func lines(_ document: String) -> [String] {
        var lines: [String] = []
        var line = ""
        var depth = -1
        var isInString = false
        var isEscaped = false
        func flush() {
            if !line.isEmpty { lines.append(String(repeating: "  ", count: max(0, depth)) + line) }
            line = ""
        }
        for character in document {
            if isInString {
                if isEscaped {
                    isEscaped = false
                    line.append(character)
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    isInString = false
                } else {
                    line.append(character)
                }
                continue
            }
            switch character {
            case "\"": isInString = true
            case "{", "[":
                flush()
                depth += 1
            case "}", "]":
                flush()
                depth -= 1
            case ",": flush()
            case ":": line += ": "
            default: line.append(character)
            }
        }
        return lines
    }
}
