import DaemonRuntime
import Model
import Store

/// How often the subscriptions of each tier may ask: a minute's worth at once, and then as many as the minute has.
struct TierRates: Sendable {
    private let limiters: [String: RateLimiter<SubscriptionID>]

    init(_ limits: [String: TierLimits]) {
        limiters = limits.compactMapValues { limits in
            limits.requestsPerMinute.map { RateLimiter(burst: $0, pause: .seconds(60) / $0) }
        }
    }

    /// - Throws: the problem that one request more would be.
    func admit(_ owner: TokenOwner) throws(Problem) {
        guard let limiter = owner.tier.flatMap({ limiters[$0] }), let wait = limiter.take(owner.subscription) else {
            return
        }
        throw Problem.tooOften(wait)
    }
}
