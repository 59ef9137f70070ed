/// One setting of a daemon: its key, what it holds, its default and what it is for.
public struct Setting<Value: Sendable>: Sendable {
    /// Path in the file, such as `link.heartbeat_interval_s`.
    public let key: String
    public let help: String
    public let defaultValue: Value
    let type: SettingType<Value>

    /// - Parameter key: lower-case words of letters, digits and underscores, joined by dots; a quantity with a unit
    ///   ends in the unit.
    public init(_ key: String, _ type: SettingType<Value>, default defaultValue: Value, help: String) {
        precondition(
            key.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 || $0 == 46 },
            "setting \(key) has a character that neither the file nor the environment takes"
        )
        precondition(type.unitSuffix.map(key.hasSuffix) ?? true, "setting \(key) does not end in its unit")
        self.key = key
        self.type = type
        self.defaultValue = defaultValue
        self.help = help
    }

    /// `HOLDFAST_LINK_HEARTBEAT_INTERVAL_S` for `link.heartbeat_interval_s`.
    public var environmentVariable: String {
        "HOLDFAST_" + String(key.map { $0 == "." ? "_" : Character($0.uppercased()) })
    }

    /// A value from the command line, which wins over all others; nil text leaves the setting alone.
    public func overridden(by text: String?, flag: String) -> SettingOverride? {
        text.map { SettingOverride(key: key, text: $0, flag: flag) }
    }
}
