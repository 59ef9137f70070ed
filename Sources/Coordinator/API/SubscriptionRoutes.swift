import Billing
import DaemonRuntime
import HTTPTypes
import Hummingbird
import Model
import Store

/// `GET /v1/subscription`: what the token's owner may use until when.
struct SubscriptionRoutes: Sendable {
    let store: Store
    let limits: [String: TierLimits]

    func add(to group: RouterGroup<CustomerContext>) {
        group.get("subscription", use: show)
    }

    private struct Resource: Encodable {
        struct Peers: Encodable {
            let used: Int
            let limit: Int
        }

        let id: String
        let tier: String?
        let state: String
        let access: Bool
        let access_until: String?
        let peers: Peers
    }

    @Sendable private func show(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let id = try context.authenticated()
        guard let subscription = try await store.subscription(id) else { throw Problem.notFound }
        let used = try await store.peers(of: id).count
        let resource = Resource(
            id: "\(id)",
            tier: subscription.entitlement.tier?.text,
            state: subscription.entitlement.state.rawValue,
            access: subscription.entitlement.hasAccess(at: SystemClock.now()),
            access_until: subscription.entitlement.accessUntil.map { "\($0)" },
            peers: .init(used: used, limit: limit(subscription.entitlement))
        )
        return try JSONResponse.make(resource)
    }

    /// The tier's, and what add-ons add to it.
    private func limit(_ entitlement: Entitlement) -> Int {
        entitlement.tier.flatMap { limits[$0.text] }.map { $0.peers + entitlement.extraPeers } ?? 0
    }
}
