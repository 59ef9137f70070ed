/// One table of a table of tables, while its keys are read.
public struct SettingsRow {
    public let place: SettingPlace
    private let entries: [String: ConfigurationValue]
    private var asked: Set<String> = []

    init(place: SettingPlace, entries: [String: ConfigurationValue]) {
        self.place = place
        self.entries = entries
    }

    /// - Parameter value: when the key is absent; nil makes the key necessary.
    public mutating func read<Value: Sendable>(
        _ key: String,
        _ type: SettingType<Value>,
        default value: Value? = nil
    ) throws(SettingsError) -> Value {
        asked.insert(key)
        let keyPlace = SettingPlace(key: "\(place.key).\(key)", source: place.source)
        guard let entry = entries[key] else {
            guard let value else {
                throw .missingKey(keyPlace.key, source: place.source, expected: type.expected)
            }
            return value
        }
        return try type.read(entry, at: keyPlace)
    }

    /// For a check that spans keys: what to throw when a key's value cannot stand.
    public func wrong(_ key: String, expected: String) -> SettingsError {
        let keyPlace = SettingPlace(key: "\(place.key).\(key)", source: place.source)
        return keyPlace.wrong(entries[key] ?? .other("missing value"), expected: expected)
    }

    func refuseUnread() throws(SettingsError) {
        guard let key = entries.keys.sorted().first(where: { !asked.contains($0) }) else { return }
        throw .unknownKey(
            "\(place.key).\(key)",
            source: place.source,
            nearest: NearestName.of(key, among: asked.sorted())
        )
    }
}
