import Billing
import Store

/// Finds out what a store's recorded events mean, and answers the store where it waits for that.
protocol EventResolver: Sendable {
    var provider: PaymentProvider { get }
    var environment: BillingEnvironment { get }

    /// The same, for events of one subscription that take effect together: it reads the subscription once, before it asks
    /// the store anything, and asks the store for each thing once.
    func sharing(_ inquiry: SharedInquiry) -> Self

    /// Events that share an inquiry are resolved one after the other, in their order. An effect that says what was seen
    /// must be the store's own state, and no step from what was read: the effects before it were not written yet.
    ///
    /// - Parameter fields: as the provider's receiver has recorded them.
    /// - Throws: whatever may pass; the event is tried again later.
    func resolve(fields: String) async throws -> EventResolution

    /// Tells the store what it waits for, once the effect is durable. A failure is made good by a later call of
    /// `catchUp`.
    func settled(_ effect: InboxEffect) async

    /// Now and then: what a failure or a crash has left undone at the store.
    func catchUp() async
}

extension EventResolver {
    func sharing(_ inquiry: SharedInquiry) -> Self { self }
    func settled(_ effect: InboxEffect) async {}
    func catchUp() async {}
}
