import Billing
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
    /// `pause_collection.behavior`; empty where it says none.
    var paused: String?
    /// Days until a mailed invoice is due; nil where the payer is charged.
    var mailed_days: Int64?
    var status_before: String?
    var prices_before: [String]?
    /// Of a paid invoice: the end of what it paid for. All that is kept in rows from before `times`.
    var paid_through: Int64?
    var times: [StripePaidTime]?
    var credits: [StripePaidTime]?
    /// False where nothing was asked for the time.
    var costs_money: Bool?
    /// When the invoice was made.
    var made: Int64?
    /// Set where not all of its lines were to be seen: it paid for the period at this moment.
    var period_at: Int64?
    /// What was paid, refunded or disputed, in the currency's smallest unit.
    var amount: Int64?
    var invoice: StripeID?
    var payment_intent: StripeID?
    var charge: StripeID?
    /// Whether the charge is of a version that names invoices.
    var names_invoice: Bool?
    /// Only a registered claim's form, 64 hexadecimal digits: on a Payment Link the payer may write anything there.
    var claim_hash: String?
    var payment_status: String?
    var fully_refunded: Bool?
    /// The event named its object alone, which has to be asked for.
    var thin: Bool?
    /// The object was not of a shape that this version knows.
    var unreadable: Bool?
}

extension StripeInboxFields {
    private struct Envelope<Object: Decodable>: Decodable {
        struct Content: Decodable {
            let object: Object
            let previous_attributes: Previous?
        }

        struct Previous: Decodable {
            let status: String?
            let items: StripeList<StripeSubscription.Item>?

            /// What cannot be read is as if it were not there: it only decides between two events of one second.
            init(from decoder: any Decoder) throws {
                let container = try? decoder.container(keyedBy: CodingKeys.self)
                status = try? container?.decodeIfPresent(String.self, forKey: .status)
                items = try? container?.decodeIfPresent(StripeList<StripeSubscription.Item>.self, forKey: .items)
            }

            private enum CodingKeys: CodingKey {
                case status, items
            }
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
        switch type.subject {
        case .session: take(try object(StripeCheckoutSession.self))
        case .subscription:
            let content = try Envelope<StripeSubscription>(from: event).data
            take(content.object)
            status_before = Self.word(content.previous_attributes?.status)
            prices_before = content.previous_attributes?.items?.data.map(\.price.id.text)
        case .invoice: take(try object(StripeInvoice.self))
        case .charge: take(try object(StripeCharge.self))
        case .dispute: take(try object(StripeDispute.self))
        }
    }

    init(unreadable type: StripeEventType, created: Int64) {
        self.init(type: type, created: created)
        unreadable = true
    }

    /// Of an event that names its object alone.
    init(thin type: StripeEventType, created: Int64, object: StripeID) {
        self.init(type: type, created: created)
        self.object = object
        thin = true
    }

    private init(type: StripeEventType, created: Int64) {
        self.type = type
        self.created = created
    }

    mutating func take(_ session: StripeCheckoutSession) {
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
        paused = other.pause_collection.map { Self.word($0.behavior) ?? "" }
        mailed_days = other.collection_method == "send_invoice" ? other.days_until_due ?? 0 : nil
    }

    mutating func take(_ other: StripeInvoice) {
        object = other.id
        invoice = other.id
        subscription = other.subscriptionID
        payment_intent = other.payment_intent?.id
        charge = other.charge?.id
        guard type == .invoicePaid else { return }
        let times = other.times
        self.times = times
        // Its charge may be on another page: a credit that is seen alone proves nothing then.
        credits = other.hasMoreLines ? [] : other.credits
        paid_through = times.map(\.end).max()
        costs_money = other.costsMoney
        made = other.created
        amount = other.amount_paid
        period_at = other.hasMoreLines && other.isForPeriod ? other.created ?? created : nil
    }

    mutating func take(_ other: StripeCharge) {
        object = other.id
        charge = other.id
        invoice = other.invoice?.id
        payment_intent = other.payment_intent?.id
        names_invoice = other.namesInvoice
        fully_refunded = other.refunded ?? false
        amount = other.amount_refunded
    }

    mutating func take(_ dispute: StripeDispute) {
        object = dispute.id
        charge = dispute.charge?.id
        payment_intent = dispute.payment_intent?.id
        status = Self.word(dispute.status)
        amount = dispute.amount
    }

    /// One of Stripe's constants, such as `past_due`.
    private static func word(_ text: String?) -> String? {
        text.flatMap { StripeID($0)?.text }
    }

    var storeReference: String? { subscription?.text }

    var claimHashBytes: [UInt8]? { claim_hash.flatMap { Hexadecimal.decode($0) } }

    var period: StripePeriod? {
        guard let period_start, let period_end else { return nil }
        return StripePeriod(start: period_start, end: period_end)
    }
}
