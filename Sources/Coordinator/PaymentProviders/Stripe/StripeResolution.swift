import Store

/// What to do about an event of Stripe's.
enum StripeResolution: Sendable {
    case effect(InboxEffect)
    case nothing
    /// A person has to look at it.
    case park(String)
    /// Something is missing that may come: Stripe's answer, or another event.
    case later(String)
}
