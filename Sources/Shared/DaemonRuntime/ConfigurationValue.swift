/// A value of the configuration file, before anyone asked for its type.
public indirect enum ConfigurationValue: Hashable, Sendable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case array([ConfigurationValue])
    case table([String: ConfigurationValue])
    /// What no setting is: a date, or a number with a fraction. The text names the kind.
    case other(String)

    /// The value as an error shows it: short, on one line.
    var summary: String {
        switch self {
        case .string(let text): ConfigurationText.quoted(String(text.prefix(60)))
        case .integer(let number): "\(number)"
        case .boolean(let flag): "\(flag)"
        case .array: "a list"
        case .table: "a table"
        case .other(let kind): "a \(kind)"
        }
    }
}
