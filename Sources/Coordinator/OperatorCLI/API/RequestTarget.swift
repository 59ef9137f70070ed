import Model

/// Paths and queries, percent-encoded (RFC 3986 section 2.3).
enum RequestTarget {
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            let isUnreserved =
                (48...57).contains(byte) || (97...122).contains(byte | 0x20) || [45, 46, 95, 126].contains(byte)
            result += isUnreserved ? String(UnicodeScalar(byte)) : "%" + Hexadecimal.encode([byte]).uppercased()
        }
        return result
    }

    /// A name in a path. An empty one would make the path that of the whole list.
    static func segment(_ name: String) throws(CommandFailure) -> String {
        guard !name.isEmpty else { throw .emptyName }
        return encoded(name)
    }

    /// With its question mark; empty without a parameter that has a value.
    static func query(_ parameters: [String: String?]) -> String {
        let pairs = parameters.sorted { $0.key < $1.key }.compactMap { name, value in
            value.map { "\(name)=\(encoded($0))" }
        }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }
}
