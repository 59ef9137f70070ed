/// All settings that a daemon knows, in the order in which the example file shows them.
public struct SettingsCatalogue: Sendable {
    let declarations: [SettingDeclaration]

    public init<each Value: Sendable>(_ settings: repeat Setting<each Value>) {
        var declarations: [SettingDeclaration] = []
        for setting in repeat each settings {
            precondition(!declarations.contains { $0.key == setting.key }, "setting \(setting.key) is declared twice")
            declarations.append(SettingDeclaration(setting))
        }
        self.declarations = declarations
    }

    /// The value of each setting that the file has; the first key that is not a setting is refused.
    func values(
        in tree: [String: ConfigurationValue],
        of path: String
    ) throws(SettingsError) -> [String: ConfigurationValue] {
        var found: [String: ConfigurationValue] = [:]
        try collect(tree, below: "", source: .file(path: path), into: &found)
        return found
    }

    private func collect(
        _ tree: [String: ConfigurationValue],
        below section: String,
        source: SettingSource,
        into found: inout [String: ConfigurationValue]
    ) throws(SettingsError) {
        for (name, value) in tree.sorted(by: { $0.key < $1.key }) {
            let key = section + name
            // A quoted key may hold a dot, and would then pass for a path.
            let isPlain = !name.contains(".")
            if isPlain, declarations.contains(where: { $0.key == key }) {
                found[key] = value
            } else if isPlain, declarations.contains(where: { $0.key.hasPrefix(key + ".") }) {
                guard case .table(let entries) = value else {
                    throw SettingPlace(key: key, source: source).wrong(value, expected: "a table, [\(key)]")
                }
                try collect(entries, below: key + ".", source: source, into: &found)
            } else {
                throw .unknownKey(key, source: source, nearest: NearestName.of(key, among: names))
            }
        }
    }

    private var names: [String] { declarations.map(\.key) }
}
