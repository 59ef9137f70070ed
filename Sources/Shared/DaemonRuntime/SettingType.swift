/// How a setting's value is written in the file, the environment and on the command line, and what is accepted.
public struct SettingType<Value: Sendable>: Sendable {
    enum Shape: Sendable {
        case value
        /// A table whose keys the operator chooses, such as `[stripe.payment_links]`.
        case openTable
        /// A table of tables, such as `[[tiers]]`.
        case rows
    }

    /// Completes "must be …".
    let expected: String
    /// What the key ends in, for a quantity with a unit: `_s`, `_ms`.
    let unitSuffix: String?
    let shape: Shape
    /// Nil: not a value of this type. Throws for what is wrong deeper inside.
    let fromFile: @Sendable (ConfigurationValue, SettingPlace) throws(SettingsError) -> Value?
    /// Nil: not a value of this type.
    let fromText: @Sendable (String) -> Value?
    /// The value in TOML.
    let render: @Sendable (Value) -> String

    init(
        expected: String,
        unitSuffix: String? = nil,
        shape: Shape = .value,
        fromFile: @escaping @Sendable (ConfigurationValue, SettingPlace) throws(SettingsError) -> Value?,
        fromText: @escaping @Sendable (String) -> Value?,
        render: @escaping @Sendable (Value) -> String
    ) {
        self.expected = expected
        self.unitSuffix = unitSuffix
        self.shape = shape
        self.fromFile = fromFile
        self.fromText = fromText
        self.render = render
    }

    func read(_ value: ConfigurationValue, at place: SettingPlace) throws(SettingsError) -> Value {
        guard let result = try fromFile(value, place) else { throw place.wrong(value, expected: expected) }
        return result
    }

    func read(text: String, at place: SettingPlace) throws(SettingsError) -> Value {
        guard shape == .value else { throw .onlyInFile(key: place.key, source: place.source) }
        guard let result = fromText(text) else { throw place.wrong(.string(text), expected: expected) }
        return result
    }
}
