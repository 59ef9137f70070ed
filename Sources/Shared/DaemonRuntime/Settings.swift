/// A daemon's settings, read once at its start: defaults, then the file, the environment and the command line, of which
/// the last that speaks of a setting wins.
public struct Settings: Sendable {
    private let values: [String: any Sendable]
    private let sources: [String: SettingSource]
    /// Variables that start with `HOLDFAST_` and are no setting's: most likely mistyped, so worth a warning.
    public let unknownVariables: [String]

    /// - Parameters:
    ///   - file: path of a TOML file of at most 1 MiB; nil for none.
    ///   - environment: the process's variables.
    ///   - overrides: what options say, see `Setting.overridden(by:flag:)`.
    public static func load(
        _ catalogue: SettingsCatalogue,
        file: String?,
        environment: [String: String],
        overrides: [SettingOverride?] = []
    ) throws(SettingsError) -> Settings {
        var inFile: [String: ConfigurationValue] = [:]
        if let file {
            inFile = try catalogue.values(in: try ConfigurationFile.read(file), of: file)
        }
        return try Settings(catalogue, inFile: inFile, file: file ?? "", environment, overrides.compactMap(\.self))
    }

    init(
        _ catalogue: SettingsCatalogue,
        inFile: [String: ConfigurationValue],
        file: String,
        _ environment: [String: String],
        _ overrides: [SettingOverride]
    ) throws(SettingsError) {
        var values: [String: any Sendable] = [:]
        var sources: [String: SettingSource] = [:]
        for declaration in catalogue.declarations {
            let key = declaration.key
            values[key] = declaration.defaultValue
            // Each layer is read even when a later one wins: a wrong value is an error, not a surprise for later.
            if let value = inFile[key] {
                sources[key] = .file(path: file)
                values[key] = try declaration.fromFile(value, SettingPlace(key: key, source: .file(path: file)))
            }
            if let text = environment[declaration.environmentVariable] {
                let source = SettingSource.environment(variable: declaration.environmentVariable)
                sources[key] = source
                values[key] = try declaration.fromText(text, SettingPlace(key: key, source: source))
            }
            for override in overrides where override.key == key {
                let source = SettingSource.flag(override.flag)
                sources[key] = source
                values[key] = try declaration.fromText(override.text, SettingPlace(key: key, source: source))
            }
        }
        self.values = values
        self.sources = sources
        let known = Set(catalogue.declarations.map(\.environmentVariable))
        unknownVariables = environment.keys.filter { $0.hasPrefix("HOLDFAST_") && !known.contains($0) }.sorted()
    }

    /// The setting must be one of the catalogue that was loaded.
    public subscript<Value>(setting: Setting<Value>) -> Value {
        guard let value = values[setting.key] as? Value else {
            preconditionFailure("setting \(setting.key) is not in the catalogue")
        }
        return value
    }

    public func source<Value>(of setting: Setting<Value>) -> SettingSource {
        sources[setting.key] ?? .defaultValue
    }

    /// For a check beyond the setting's type: what to throw when its value cannot stand.
    /// - Parameter expected: completes "must be …".
    public func wrong<Value>(_ setting: Setting<Value>, expected: String) -> SettingsError {
        let found = setting.type.shape == .value ? setting.type.render(self[setting]) : "what it is"
        return .wrongValue(key: setting.key, source: source(of: setting), expected: expected, found: found)
    }
}
