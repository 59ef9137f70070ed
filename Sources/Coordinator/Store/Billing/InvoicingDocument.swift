import Billing
import FoundationEssentials
import Model

/// What Stripe has said of a subscription and its invoices as the column holds it: times in microseconds since 1970,
/// durations in seconds.
struct InvoicingDocument: Hashable, Sendable, Codable {
    struct Stretch: Hashable, Sendable, Codable {
        let price: String?
        let start: Int64
        let end: Int64
    }

    struct Payment: Hashable, Sendable, Codable {
        let made: Int64
        let paid: Int64
        let times: [Stretch]
        let credits: [Stretch]
        let costs: Bool
        let amount: Int64?
        let period: Int64?
        let tier: String?
    }

    struct Return: Hashable, Sendable, Codable {
        let charge: String?
        let invoice: String
        let at: Int64
        let kind: String
        let amount: Int64?
    }

    struct Statement: Hashable, Sendable, Codable {
        let at: Int64
        let stage: Int
        let status: String
        let tier: String?
        let start: Int64?
        let end: Int64?
        let collection: String
        let due_s: Int64?
        let owing: String
        let due: Int64?
        let renews: Bool
        let status_before: String?
        let tier_before: String?
    }

    let statements: [Statement]
    let ended: Int64?
    let payments: [String: Payment]
    let returns: [String: Return]
    let returned: Int64?

    init(_ ledger: InvoicingLedger) {
        // In one order, so that one ledger has one text.
        statements = ledger.statements.map(Statement.init).sorted { "\($0)" < "\($1)" }
        ended = ledger.endedAt?.microseconds
        payments = ledger.payments.mapValues(Payment.init)
        returns = ledger.returns.mapValues(Return.init)
        returned = ledger.returnedThrough?.microseconds
    }

    /// Nil for what is not such a document.
    init?(json: String) {
        guard let document = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
        self = document
    }

    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Numbers, truth values and text alone: there is nothing that could not be encoded.
        let data = (try? encoder.encode(self)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    var ledger: InvoicingLedger {
        InvoicingLedger(
            statements: Set(statements.compactMap(\.statement)),
            endedAt: ended.map { Timestamp(microseconds: $0) },
            payments: Dictionary(uniqueKeysWithValues: payments.map { ($0, $1.payment($0)) }),
            returns: Dictionary(
                uniqueKeysWithValues: returns.compactMap { id, money in money.money(id).map { (id, $0) } }
            ),
            returnedThrough: returned.map { Timestamp(microseconds: $0) }
        )
    }
}

extension InvoicingDocument.Stretch {
    init(_ stretch: InvoicePayment.Stretch) {
        self.init(price: stretch.price, start: stretch.start.microseconds, end: stretch.end.microseconds)
    }

    var stretch: InvoicePayment.Stretch {
        .init(price: price, start: Timestamp(microseconds: start), end: Timestamp(microseconds: end))
    }
}

extension InvoicingDocument.Payment {
    init(_ payment: InvoicePayment) {
        made = payment.madeAt.microseconds
        paid = payment.paidAt.microseconds
        times = payment.times.map(InvoicingDocument.Stretch.init)
        credits = payment.credits.map(InvoicingDocument.Stretch.init)
        costs = payment.costsMoney
        amount = payment.amount
        period = payment.periodAt?.microseconds
        tier = payment.tier?.text
    }

    func payment(_ invoice: String) -> InvoicePayment {
        InvoicePayment(
            invoice: invoice,
            madeAt: Timestamp(microseconds: made),
            paidAt: Timestamp(microseconds: paid),
            times: times.map(\.stretch),
            credits: credits.map(\.stretch),
            costsMoney: costs,
            amount: amount,
            periodAt: period.map { Timestamp(microseconds: $0) },
            tier: tier.flatMap { TierName($0) }
        )
    }
}

extension InvoicingDocument.Return {
    init(_ money: MoneyReturn) {
        charge = money.charge
        invoice = money.invoice
        at = money.at.microseconds
        switch money.kind {
        case .refunded(let sum, let isWhole): (kind, amount) = (isWhole ? "refunded" : "part", sum)
        case .refundFailed(let sum): (kind, amount) = ("failed", sum)
        case .disputed: (kind, amount) = ("disputed", nil)
        case .disputeEnded: (kind, amount) = ("dispute_ended", nil)
        }
    }

    func money(_ id: String) -> MoneyReturn? {
        let known: MoneyReturn.Kind
        switch kind {
        case "refunded": known = .refunded(amount, isWhole: true)
        case "part": known = .refunded(amount, isWhole: false)
        case "failed": known = .refundFailed(amount)
        case "disputed": known = .disputed
        case "dispute_ended": known = .disputeEnded
        default: return nil
        }
        return MoneyReturn(id: id, charge: charge, invoice: invoice, at: Timestamp(microseconds: at), kind: known)
    }
}
