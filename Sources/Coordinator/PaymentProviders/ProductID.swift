/// A provider's name of a product or price: 1 to 255 bytes without control characters. Stripe's older plans were named by
/// hand, with hyphens, spaces and letters of any script.
struct ProductID: Hashable, Sendable {
    let text: String

    init?(_ text: String) {
        guard (1...255).contains(text.utf8.count), text.unicodeScalars.allSatisfy(Self.isAllowed) else { return nil }
        self.text = text
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: false
        default: true
        }
    }
}

extension ProductID: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let product = ProductID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a product's name")
        }
        self = product
    }
}
