/// From a moment to a moment, in seconds since 1970.
struct StripePeriod: Hashable, Sendable, Decodable {
    let start: Int64
    let end: Int64
}
