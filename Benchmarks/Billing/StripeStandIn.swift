import Foundation
import LabSupport
import StandInServer
import Synchronization

/// A Stripe that answers at once, or after a set time: whatever subscription is asked for is active and paid, unless it
/// was said not to be.
enum StripeStandIn {
    private static let unpaid = Mutex<Set<String>>([])

    static func set(_ subscription: String, isPaid: Bool) {
        unpaid.withLock { unpaid in
            if isPaid { unpaid.remove(subscription) } else { unpaid.insert(subscription) }
        }
    }

    private static let pause = Mutex(Duration.zero)

    /// From now on it takes that long to answer.
    static func answer(after duration: Duration) {
        pause.withLock { $0 = duration }
    }

    private static let start = Int(Date().timeIntervalSince1970)

    static func answer(_ request: StandInServer.Request) -> StandInServer.Answer {
        let prefix = "/v1/subscriptions/"
        guard request.target.hasPrefix(prefix) else { return StandInServer.Answer(status: 404) }
        let id = request.target.dropFirst(prefix.count).prefix { $0 != "?" }
        let status = unpaid.withLock { $0.contains(String(id)) } ? "unpaid" : "active"
        let end = start + 30 * 86_400
        var answer = StandInServer.Answer(
            status: 200,
            body: """
                {"id": "\(id)", "object": "subscription", "status": "\(status)", "livemode": false,
                 "cancel_at_period_end": false,
                 "items": {"object": "list", "data": [{"id": "si_1", "current_period_start": \(start),
                    "current_period_end": \(end),
                    "price": {"id": "\(CoordinatorConfiguration.Tier.fleet.price)"}}]},
                 "latest_invoice": {"id": "in_1", "object": "invoice", "status": "paid",
                    "parent": {"type": "subscription_details", "subscription_details": {"subscription": "\(id)"}},
                    "lines": {"object": "list", "data": [{"id": "il_1",
                        "parent": {"type": "subscription_item_details"},
                        "period": {"start": \(start), "end": \(end)}}]}}}
                """
        )
        answer.delay = pause.withLock { $0 }
        return answer
    }
}
