/// A charge of Stripe's.
struct StripeCharge: Hashable, Sendable, Decodable {
    let id: StripeID
    /// True only when all of it went back.
    let refunded: Bool?
    /// In the currency's smallest unit, of all its refunds together.
    let amount_refunded: Int64?
    let invoice: StripeReference?
    let payment_intent: StripeReference?
    /// Gone since API version 2025-03-31: a charge that has the field, empty, paid no invoice.
    let namesInvoice: Bool

    private enum CodingKeys: CodingKey {
        case id, refunded, amount_refunded, invoice, payment_intent
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(StripeID.self, forKey: .id)
        refunded = try container.decodeIfPresent(Bool.self, forKey: .refunded)
        amount_refunded = try container.decodeIfPresent(Int64.self, forKey: .amount_refunded)
        invoice = try container.decodeIfPresent(StripeReference.self, forKey: .invoice)
        payment_intent = try container.decodeIfPresent(StripeReference.self, forKey: .payment_intent)
        namesInvoice = container.contains(.invoice)
    }
}
