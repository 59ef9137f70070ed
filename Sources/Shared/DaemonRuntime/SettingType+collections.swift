extension SettingType {
    /// A list; in the environment and on the command line its items stand between commas, and empty text is no item.
    public static func list<Element: Sendable>(of element: SettingType<Element>) -> Self where Value == [Element] {
        SettingType(
            expected: "a list, with each item \(element.expected)",
            fromFile: { value, place throws(SettingsError) in
                guard case .array(let items) = value else { return nil }
                var result: [Element] = []
                for (index, item) in items.enumerated() {
                    let itemPlace = SettingPlace(key: "\(place.key)[\(index)]", source: place.source)
                    result.append(try element.read(item, at: itemPlace))
                }
                return result
            },
            fromText: { text in
                guard !text.isEmpty else { return [] }
                var result: [Element] = []
                for item in text.split(separator: ",", omittingEmptySubsequences: false) {
                    guard let element = element.fromText(trimmed(item)) else { return nil }
                    result.append(element)
                }
                return result
            },
            render: { ConfigurationText.list($0.map(element.render)) }
        )
    }

    /// A table whose keys the operator chooses, such as `[stripe.payment_links]`; only in the file.
    /// - Parameter example: lines of TOML for the example file, below the table's header.
    public static func openTable<Element: Sendable>(
        of element: SettingType<Element>,
        example: String
    ) -> Self where Value == [String: Element] {
        SettingType(
            expected: "a table, with each value \(element.expected)",
            shape: .openTable,
            fromFile: { value, place throws(SettingsError) in
                guard case .table(let entries) = value else { return nil }
                var result: [String: Element] = [:]
                for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
                    let entryPlace = SettingPlace(key: "\(place.key).\(name)", source: place.source)
                    result[name] = try element.read(entry, at: entryPlace)
                }
                return result
            },
            fromText: { _ in nil },
            render: { _ in example }
        )
    }

    /// A table of tables, such as `[[tiers]]`; only in the file.
    /// - Parameters:
    ///   - example: lines of TOML for the example file, below the row's header.
    ///   - read: makes one row of a table's keys; keys that it does not ask for are refused by name.
    public static func rows<Row: Sendable>(
        example: String,
        read: @escaping @Sendable (inout SettingsRow) throws(SettingsError) -> Row
    ) -> Self where Value == [Row] {
        SettingType(
            expected: "a table of tables, each below a line with its name in double brackets",
            shape: .rows,
            fromFile: { value, place throws(SettingsError) in
                guard case .array(let items) = value else { return nil }
                var result: [Row] = []
                for (index, item) in items.enumerated() {
                    let rowPlace = SettingPlace(key: "\(place.key)[\(index)]", source: place.source)
                    guard case .table(let entries) = item else { throw rowPlace.wrong(item, expected: "a table") }
                    var row = SettingsRow(place: rowPlace, entries: entries)
                    let made = try read(&row)
                    try row.refuseUnread()
                    result.append(made)
                }
                return result
            },
            fromText: { _ in nil },
            render: { _ in example }
        )
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
