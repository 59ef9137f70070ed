import HTTPTypes
import Billing
import Cryptography
import DaemonRuntime
import Model
import Store

/// Takes orders and hands out tokens: what `OrderRoutes` does besides HTTP.
public struct OrderDesk: Sendable {
    private let store: Store
    private let tiers: Set<TierName>
    private let pepper: Pepper
    private let checkoutURL: @Sendable (Order) async throws -> String?

    /// - Parameter checkoutURL: where the customer pays for an order; nil where the app opens its own checkout with the
    ///   `client_reference_id`.
    public init(
        store: Store,
        tiers: Set<TierName>,
        pepper: Pepper,
        checkoutURL: @escaping @Sendable (Order) async throws -> String?
    ) {
        self.store = store
        self.tiers = tiers
        self.pepper = pepper
        self.checkoutURL = checkoutURL
    }

    struct Receipt: Sendable {
        let order: Order
        let checkoutURL: String?
        let isNew: Bool
    }

    func register(claimHash: [UInt8], tier: String) async throws -> Receipt {
        guard let tier = TierName(tier), tiers.contains(tier) else {
            throw Problem.malformedField("tier", "There is no such tier.")
        }
        switch try await store.registerOrder(claimHash: claimHash, tier: tier, now: SystemClock.now()) {
        case .new(let order):
            return Receipt(order: order, checkoutURL: try await checkoutURL(order), isNew: true)
        case .repeated(let order):
            return Receipt(order: order, checkoutURL: try await checkoutURL(order), isNew: false)
        case .otherTier:
            throw Problem(
                .conflict,
                "claim-hash-in-use",
                title: "This claim hash belongs to an order of another tier",
                detail: "Make a new secret for a new order."
            )
        }
    }

    func claim(secret: Secret<[UInt8]>, key: IdempotencyKey?) async throws -> ClaimedToken {
        switch try await store.claim(secret: secret, key: key, pepper: pepper, now: SystemClock.now()) {
        case .success(let claimed): return claimed
        case .failure(let refusal): throw refusal.problem
        }
    }
}

extension ClaimRefusal {
    var problem: Problem {
        switch self {
        case .unknownClaim: .unknownClaim
        case .paymentPending: .paymentPending
        case .checkoutExpired: .checkoutExpired
        case .paymentFailed: .paymentFailed
        case .underReview: .paymentUnderReview
        case .orderExpired: .orderExpired
        case .idempotencyKeyReused: .idempotencyKeyReused
        }
    }
}
