/// Time of one price, from a moment to a moment, in seconds since 1970: what is kept of an invoice's line.
struct StripePaidTime: Hashable, Sendable, Codable {
    let start: Int64
    let end: Int64
    let price: StripeID?
}
