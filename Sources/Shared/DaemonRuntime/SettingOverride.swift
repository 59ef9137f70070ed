/// A setting's value as given on the command line.
public struct SettingOverride: Hashable, Sendable {
    let key: String
    let text: String
    let flag: String
}
