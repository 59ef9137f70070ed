/// A page of Stripe's objects, of which only `data` matters here.
struct StripeList<Element: Decodable & Sendable & Hashable>: Hashable, Sendable, Decodable {
    let data: [Element]
}
