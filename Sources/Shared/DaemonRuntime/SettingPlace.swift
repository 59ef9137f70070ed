/// Which setting is being read and from where: what an error needs to say.
public struct SettingPlace: Hashable, Sendable {
    public let key: String
    public let source: SettingSource

    func wrong(_ found: ConfigurationValue, expected: String) -> SettingsError {
        .wrongValue(key: key, source: source, expected: expected, found: found.summary)
    }
}
