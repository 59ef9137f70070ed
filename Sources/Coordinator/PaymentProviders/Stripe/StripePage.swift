/// A page of a list that may have more.
struct StripePage<Element: Decodable & Sendable & Hashable>: Hashable, Sendable, Decodable {
    let data: [Element]
    let has_more: Bool
}
