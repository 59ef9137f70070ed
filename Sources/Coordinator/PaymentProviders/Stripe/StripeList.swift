/// A page of Stripe's objects that stands within another object.
struct StripeList<Element: Decodable & Sendable & Hashable>: Hashable, Sendable, Decodable {
    var data: [Element]
    /// Whether the list goes on elsewhere.
    var has_more: Bool?
}
