import Model

/// Google writes RFC 3339 in UTC, with nine digits of a second where it likes.
enum GoogleTime {
    static func timestamp(_ text: String) -> Timestamp? {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, parts[1].last == "Z" else { return Timestamp(text) }
        let digits = parts[1].dropLast()
        guard (1...9).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return Timestamp("\(parts[0]).\(digits.prefix(6))Z")
    }
}
