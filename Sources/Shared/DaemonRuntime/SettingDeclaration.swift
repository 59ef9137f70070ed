/// A setting without its static type, as the catalogue keeps it.
struct SettingDeclaration: Sendable {
    let key: String
    let help: String
    let environmentVariable: String
    let defaultValue: any Sendable
    let isValue: Bool
    let isRows: Bool
    /// The default in TOML; for tables, example lines.
    let example: String
    let fromFile: @Sendable (ConfigurationValue, SettingPlace) throws(SettingsError) -> any Sendable
    let fromText: @Sendable (String, SettingPlace) throws(SettingsError) -> any Sendable

    init<Value: Sendable>(_ setting: Setting<Value>) {
        let type = setting.type
        key = setting.key
        help = setting.help
        environmentVariable = setting.environmentVariable
        defaultValue = setting.defaultValue
        isValue = type.shape == .value
        isRows = type.shape == .rows
        example = type.render(setting.defaultValue)
        fromFile = { value, place throws(SettingsError) in try type.read(value, at: place) }
        fromText = { text, place throws(SettingsError) in try type.read(text: text, at: place) }
    }
}
