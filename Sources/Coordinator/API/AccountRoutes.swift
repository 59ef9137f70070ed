import DaemonRuntime
import Hummingbird
import Store

/// `DELETE /v1/account`: a customer's own way out.
struct AccountRoutes: Sendable {
    let store: Store
    let changeFeed: ChangeFeed
    let peerFeed: PeerFeed

    func add(to group: RouterGroup<CustomerContext>) {
        group.delete("account", use: erase)
    }

    private struct Erasure: Encodable {
        let erased = ["peers", "tunnel_addresses", "bucket", "subscription_tokens", "orders", "entitlement"]
        let kept = ["store_reference"]
        let reason = "Accounting has to be able to match the store's own records of the payment."
        let charges = "The store goes on charging until the subscription is cancelled there."
    }

    @Sendable private func erase(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let subscription = try context.authenticated()
        try await RequestBody.expectNothing(in: request)
        guard let nodes = try await store.eraseAccount(subscription, now: SystemClock.now()) else {
            throw Problem.notFound
        }
        for node in nodes { changeFeed.nodeChanged(node) }
        peerFeed.changed(subscription)
        return try JSONResponse.make(Erasure())
    }
}
