import Billing
import Store

/// Finds out what a store's recorded events mean, and answers the store where it waits for that.
protocol EventResolver: Sendable {
    var provider: PaymentProvider { get }

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
    func settled(_ effect: InboxEffect) async {}
    func catchUp() async {}
}
