import Model

/// What a store that sends invoices has said of one subscription.
///
/// Events come in any order, several times, or days late. So what they say is kept, and what the subscription may use is
/// computed from all of it: whoever holds the same facts holds the same entitlement, in whatever order they came.
public struct InvoicingLedger: Hashable, Sendable {
    /// Many years of months; the oldest are forgotten.
    static let paymentCountMax = 64
    static let returnCountMax = 64
    /// Of one second.
    static let statementCountMax = 8

    /// The newest word on the subscription: more than one where they are of the same second.
    public internal(set) var statements: Set<SubscriptionStatement> = []
    /// A subscription that ended does not come back, whatever else is said of it, and whenever that is heard.
    public internal(set) var endedAt: Timestamp?
    /// By invoice.
    public internal(set) var payments: [String: InvoicePayment] = [:]
    /// By charge, failed refund or dispute.
    public internal(set) var returns: [String: MoneyReturn] = [:]
    /// From before this was kept: time up to here was paid for, and the money went back.
    public internal(set) var returnedThrough: Timestamp?

    public init(
        statements: Set<SubscriptionStatement> = [],
        endedAt: Timestamp? = nil,
        payments: [String: InvoicePayment] = [:],
        returns: [String: MoneyReturn] = [:],
        returnedThrough: Timestamp? = nil
    ) {
        self.statements = statements
        self.endedAt = endedAt
        self.payments = payments
        self.returns = returns
        self.returnedThrough = returnedThrough
    }

    mutating func take(_ fact: InvoicingFact) {
        switch fact {
        case .stated(let statement): take(statement.withoutProducts)
        case .paid(let payment): take(payment)
        case .returned(let money): take(money)
        case .answered(let statement, let paid):
            statements = [statement.withoutProducts]
            endedAt = statement.status == .ended ? statement.at : nil
            payments = [:]
            for payment in paid { take(payment) }
        }
    }

    private mutating func take(_ statement: SubscriptionStatement) {
        if statement.status == .ended { endedAt = Swift.min(statement.at, endedAt ?? statement.at) }
        let newest = statements.first?.at ?? .distantPast
        guard statement.at >= newest else { return }
        if statement.at > newest { statements = [] }
        statements.insert(statement)
        if statements.count > Self.statementCountMax, let first = statements.min(by: { $0.precedes($1) }) {
            statements.remove(first)
        }
    }

    private mutating func take(_ payment: InvoicePayment) {
        guard payment.isAboutTime else { return }
        if let known = payments[payment.invoice], known.paidAt <= payment.paidAt { return }
        payments[payment.invoice] = payment
        guard payments.count > Self.paymentCountMax else { return }
        let oldest = payments.values.min { ($0.madeAt, $0.invoice) < ($1.madeAt, $1.invoice) }
        if let oldest { payments[oldest.invoice] = nil }
    }

    private mutating func take(_ money: MoneyReturn) {
        if money.kind.isTakenBack { returnedThrough = nil }
        if let known = returns[money.id], !known.isOvertaken(by: money) { return }
        returns[money.id] = money
        guard returns.count > Self.returnCountMax else { return }
        if let oldest = returns.values.min(by: { ($0.at, $0.id) < ($1.at, $1.id) }) { returns[oldest.id] = nil }
    }

    /// The newest word.
    public var statement: SubscriptionStatement? { SubscriptionStatement.last(of: statements) }
}
