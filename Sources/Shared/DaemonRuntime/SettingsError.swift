/// Why the settings cannot be used. Each text is one line that names the setting, its source and the remedy.
public enum SettingsError: Error, Hashable, Sendable {
    case unreadableFile(DurableFileError)
    case malformedFile(path: String, line: Int, column: Int, reason: String)
    case unknownKey(String, source: SettingSource, nearest: String?)
    case wrongValue(key: String, source: SettingSource, expected: String, found: String)
    /// A row of a table of tables lacks a key that has no default.
    case missingKey(String, source: SettingSource, expected: String)
    /// Tables have no form in the environment or on the command line.
    case onlyInFile(key: String, source: SettingSource)
}

extension SettingsError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadableFile(let error):
            "\(error)"
        case .malformedFile(let path, let line, let column, let reason):
            "\(path), line \(line), column \(column): \(String(reason.map { $0.isNewline ? " " : $0 }))"
        case .unknownKey(let key, let source, let nearest):
            "\(source): there is no setting `\(key)`" + (nearest.map { "; did you mean `\($0)`?" } ?? "")
        case .wrongValue(let key, let source, let expected, let found):
            "\(source): setting `\(key)` must be \(expected), not \(found)"
        case .missingKey(let key, let source, let expected):
            "\(source): `\(key)` is missing; it must be \(expected)"
        case .onlyInFile(let key, let source):
            "\(source): setting `\(key)` is a table, which only the configuration file can hold"
        }
    }
}
