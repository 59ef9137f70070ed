/// The events that mean something to Holdfast. Others are acknowledged and forgotten.
enum StripeEventType: String, Hashable, Sendable, CaseIterable, Codable {
    case checkoutCompleted = "checkout.session.completed"
    case checkoutPaid = "checkout.session.async_payment_succeeded"
    case checkoutFailed = "checkout.session.async_payment_failed"
    case checkoutExpired = "checkout.session.expired"
    case subscriptionCreated = "customer.subscription.created"
    case subscriptionUpdated = "customer.subscription.updated"
    case subscriptionDeleted = "customer.subscription.deleted"
    case subscriptionPaused = "customer.subscription.paused"
    case subscriptionResumed = "customer.subscription.resumed"
    case invoicePaid = "invoice.paid"
    case invoiceFailed = "invoice.payment_failed"
    case chargeRefunded = "charge.refunded"
    case refundFailed = "refund.failed"
    case disputeCreated = "charge.dispute.created"
    case disputeClosed = "charge.dispute.closed"

    /// The kind of object that the event carries.
    enum Subject: Hashable, Sendable {
        case session
        case subscription
        case invoice
        case charge
        /// A refund as well: it has the same fields.
        case dispute
    }

    var subject: Subject {
        switch self {
        case .checkoutCompleted, .checkoutPaid, .checkoutFailed, .checkoutExpired: .session
        case .subscriptionCreated, .subscriptionUpdated, .subscriptionDeleted, .subscriptionPaused,
            .subscriptionResumed:
            .subscription
        case .invoicePaid, .invoiceFailed: .invoice
        case .chargeRefunded: .charge
        case .refundFailed, .disputeCreated, .disputeClosed: .dispute
        }
    }
}
