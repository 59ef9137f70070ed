/// Something that a store which sends invoices has said.
public enum InvoicingFact: Hashable, Sendable {
    /// An event carried the subscription, as it was then.
    case stated(SubscriptionStatement)
    case paid(InvoicePayment)
    case returned(MoneyReturn)
    /// The store was asked: this is how it stands. The payments are all that matter now, the newest first.
    case answered(SubscriptionStatement, payments: [InvoicePayment])

    /// What it says of the subscription itself.
    var statement: SubscriptionStatement? {
        switch self {
        case .stated(let statement), .answered(let statement, _): statement
        case .paid, .returned: nil
        }
    }
}
