/// Google's name of a purchase: up to 1,024 characters of `A–Z a–z 0–9 . _ -`. It becomes part of a URL.
public struct PurchaseToken: Hashable, Sendable {
    public let text: String

    /// Nil for anything else.
    public init?(_ text: String) {
        let characters = text.utf8
        guard (1...1024).contains(characters.count), characters.allSatisfy(Self.isAllowed), text != ".", text != ".."
        else { return nil }
        self.text = text
    }

    private static func isAllowed(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension PurchaseToken: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let token = PurchaseToken(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a purchase token")
        }
        self = token
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
