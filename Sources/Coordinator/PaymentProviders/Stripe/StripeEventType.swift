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
}
