import FoundationEssentials
import Model

/// All that is kept of an event: no name, no e-mail address, no text that a payer typed.
struct StripeInboxFields: InboxFields {
    let type: StripeEventType
    /// Seconds since 1970, by Stripe's clock. Ties and disorder are normal.
    let created: Int64
    /// The object that the event is about: a charge, a dispute, a session, …
    var object: StripeID?
    var subscription: StripeID?
    var status: String?
    var prices: [String]?
    var period_start: Int64?
    var period_end: Int64?
    var renews: Bool?
    /// Of a paid invoice: the end of what it paid for.
    var paid_through: Int64?
    var invoice: StripeID?
    var payment_intent: StripeID?
    var charge: StripeID?
    /// Only a registered claim's form, 64 hexadecimal digits: on a Payment Link the payer may write anything there.
    var claim_hash: String?
    var payment_status: String?
    var fully_refunded: Bool?
    /// The object was not of a shape that this version knows.
    var unreadable: Bool?
}

extension StripeInboxFields {
    private struct Envelope<Object: Decodable>: Decodable {
        struct Content: Decodable {
            let object: Object
        }

        let data: Content
    }

    /// - Parameter event: of the whole event.
    /// - Throws: `DecodingError`, whose text may quote the body: it is not to be logged.
    init(type: StripeEventType, created: Int64, event: any Decoder) throws {
        func object<Object: Decodable>(_ kind: Object.Type) throws -> Object {
            try Envelope<Object>(from: event).data.object
        }
        self.init(type: type, created: created)
        switch type {
        case .checkoutCompleted, .checkoutPaid, .checkoutFailed, .checkoutExpired:
            take(try object(StripeCheckoutSession.self))
        case .subscriptionCreated, .subscriptionUpdated, .subscriptionDeleted, .subscriptionPaused,
            .subscriptionResumed:
            take(try object(StripeSubscription.self))
        case .invoicePaid, .invoiceFailed: take(try object(StripeInvoice.self))
        case .chargeRefunded: take(try object(StripeCharge.self))
        case .refundFailed, .disputeCreated, .disputeClosed: take(try object(StripeDispute.self))
        }
    }

    private init(type: StripeEventType, created: Int64) {
        self.type = type
        self.created = created
    }

    init(unreadable type: StripeEventType, created: Int64) {
        self.init(type: type, created: created)
        unreadable = true
    }

    private mutating func take(_ session: StripeCheckoutSession) {
        object = session.id
        subscription = session.subscription?.id
        payment_status = Self.word(session.payment_status)
        claim_hash = session.client_reference_id.flatMap { text in
            Hexadecimal.decode(text)?.count == 32 ? text : nil
        }
    }

    private mutating func take(_ other: StripeSubscription) {
        object = other.id
        subscription = other.id
        status = Self.word(other.status)
        prices = other.prices
        period_start = other.period?.start
        period_end = other.period?.end
        renews = other.renews
    }

    private mutating func take(_ other: StripeInvoice) {
        object = other.id
        invoice = other.id
        subscription = other.subscriptionID
        payment_intent = other.payment_intent?.id
        charge = other.charge?.id
        paid_through = type == .invoicePaid ? other.periodEnd : nil
    }

    private mutating func take(_ other: StripeCharge) {
        object = other.id
        charge = other.id
        invoice = other.invoice?.id
        payment_intent = other.payment_intent?.id
        fully_refunded = other.refunded ?? false
    }

    private mutating func take(_ dispute: StripeDispute) {
        object = dispute.id
        charge = dispute.charge?.id
        payment_intent = dispute.payment_intent?.id
        status = Self.word(dispute.status)
    }

    /// One of Stripe's constants, such as `past_due`.
    private static func word(_ text: String?) -> String? {
        text.flatMap { StripeID($0)?.text }
    }

    var storeReference: String? { subscription?.text }

    var claimHashBytes: [UInt8]? { claim_hash.flatMap { Hexadecimal.decode($0) } }

}
