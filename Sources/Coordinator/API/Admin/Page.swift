/// A page of a list in JSON: `{"nodes": […], "next": "…"}`.
struct Page<Element: Encodable>: Encodable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    let key: String
    let elements: [Element]
    let next: String?

    /// - Parameters:
    ///   - found: one element more than the page holds, where there is a next page.
    ///   - mark: what `after` names an element by.
    init<Record>(
        _ key: String,
        _ found: [Record],
        limit: Int,
        mark: (Record) -> String,
        _ resource: (Record) -> Element
    ) {
        self.key = key
        let shown = found.prefix(limit)
        elements = shown.map(resource)
        next = found.count > limit ? shown.last.map(mark) : nil
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(elements, forKey: Key(key))
        try container.encodeIfPresent(next, forKey: Key("next"))
    }
}

extension AdminRoute.Query {
    static let limit = Self(name: "limit", type: .integer, text: "How many at most: 1 to 1000, 100 without it.")
    static let after = Self(name: "after", type: .string, text: "`next` of the page before.")
}
