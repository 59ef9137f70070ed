/// A field that holds another object's id, or, expanded, the object itself.
struct StripeReference: Hashable, Sendable, Decodable {
    let id: StripeID

    private enum CodingKeys: CodingKey {
        case id
    }

    init(from decoder: any Decoder) throws {
        if let id = try? decoder.singleValueContainer().decode(StripeID.self) {
            self.id = id
        } else {
            id = try decoder.container(keyedBy: CodingKeys.self).decode(StripeID.self, forKey: .id)
        }
    }
}
