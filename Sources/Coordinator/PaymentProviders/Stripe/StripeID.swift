/// Stripe's name of an object, such as `sub_1Ab…`: 1 to 255 characters of `A–Z a–z 0–9 _`.
///
/// Anything else, such as text that a payer typed, is not kept and never becomes part of a URL.
struct StripeID: Hashable, Sendable {
    let text: String

    init?(_ text: String) {
        let characters = text.utf8
        guard (1...255).contains(characters.count), characters.allSatisfy(Self.isAllowed) else { return nil }
        self.text = text
    }

    private static func isAllowed(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension StripeID: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = StripeID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an id of Stripe's")
        }
        self = id
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
