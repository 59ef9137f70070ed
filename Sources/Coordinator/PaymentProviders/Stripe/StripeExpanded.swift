/// A field that was asked to hold an object, and may hold only its id.
struct StripeExpanded<Object: Decodable & Sendable & Hashable>: Hashable, Sendable, Decodable {
    let object: Object?

    init(from decoder: any Decoder) throws {
        object = try? Object(from: decoder)
    }
}
