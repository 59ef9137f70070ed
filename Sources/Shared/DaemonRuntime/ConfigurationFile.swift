import TOMLKit

/// Reads a TOML file into plain values; the only place that knows the TOML library.
enum ConfigurationFile {
    static let limit_bytes = 1 << 20

    static func read(_ path: String) throws(SettingsError) -> [String: ConfigurationValue] {
        let bytes: [UInt8]
        do {
            bytes = try DurableFile.read(path, limit_bytes: limit_bytes)
        } catch {
            throw .unreadableFile(error)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformedFile(path: path, line: 1, column: 1, reason: "not UTF-8 text")
        }
        return try parse(text, path: path)
    }

    static func parse(_ text: String, path: String) throws(SettingsError) -> [String: ConfigurationValue] {
        for (index, line) in text.utf8.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            guard let reason = unfitForLibrary(line) else { continue }
            throw .malformedFile(path: path, line: index + 1, column: 1, reason: reason)
        }
        do {
            return entries(of: try TOMLTable(string: text))
        } catch let error as TOMLParseError {
            let place = error.source.begin
            throw .malformedFile(path: path, line: place.line, column: place.column, reason: error.description)
        } catch {
            throw .malformedFile(path: path, line: 1, column: 1, reason: "\(error)")
        }
    }

    /// What the library would not answer with an error: it reads a C string, so that a NUL would silently cut the file
    /// there, and it aborts the process on a header such as `[[[` or `[=`.
    private static func unfitForLibrary(_ line: Substring.UTF8View) -> String? {
        guard !line.contains(0) else { return "a NUL character" }
        guard !line.starts(with: "\u{feff}".utf8) else { return "a byte order mark" }
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        var rest = line.drop(while: isBlank)
        guard rest.first == UInt8(ascii: "[") else { return nil }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "[") { rest = rest.dropFirst() }
        rest = rest.drop(while: isBlank)
        guard let first = rest.first, isKeyStart(first) || first == UInt8(ascii: "]") else {
            return "a table's header must hold a name of letters, digits, '-' and '_', or a quoted one"
        }
        return nil
    }

    private static func isKeyStart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "\""),
            UInt8(ascii: "'"):
            true
        default: false
        }
    }

    private static func entries(of table: TOMLTable) -> [String: ConfigurationValue] {
        var result: [String: ConfigurationValue] = [:]
        for key in table.keys {
            if let entry = table[key] { result[key] = value(entry) }
        }
        return result
    }

    private static func value(_ entry: any TOMLValueConvertible) -> ConfigurationValue {
        switch entry.type {
        case .string: .string(entry.string ?? "")
        case .int: .integer(entry.int ?? 0)
        case .bool: .boolean(entry.bool ?? false)
        case .array: .array((entry.array.map(Array.init) ?? []).map(value))
        case .table: .table(entry.table.map(entries) ?? [:])
        case .double: .other("number with a fraction")
        case .date, .time, .dateTime: .other("date or time")
        }
    }
}
