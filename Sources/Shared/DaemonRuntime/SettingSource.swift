/// Where a setting's value comes from; a later case wins over an earlier one.
public enum SettingSource: Hashable, Sendable {
    case defaultValue
    case file(path: String)
    case environment(variable: String)
    /// A command line option, such as `--data-dir`.
    case flag(String)
}

extension SettingSource: CustomStringConvertible {
    public var description: String {
        switch self {
        case .defaultValue: "default"
        case .file(let path): path
        case .environment(let variable): "environment variable \(variable)"
        case .flag(let flag): "option \(flag)"
        }
    }
}
