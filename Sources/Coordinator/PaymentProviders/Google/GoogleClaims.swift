import Billing
import DaemonRuntime
import Logging
import Model
import Store

/// Takes purchase tokens of Google Play's that apps post, and gives subscription tokens for them.
public struct GoogleClaims: Sendable {
    private let store: Store
    private let resolver: GoogleResolver
    private let desk: AnswerDesk
    private let counter: ClaimCounter
    private let logger: QuietLogger

    public init(
        store: Store,
        api: GoogleAPI,
        catalogue: TierCatalogue,
        environment: BillingEnvironment,
        testPurchases: TestPurchaseTerms? = nil,
        policy: BillingPolicy = BillingPolicy(),
        counter: ClaimCounter,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.store = store
        resolver = GoogleResolver(
            store: store,
            api: api,
            catalogue: catalogue,
            environment: environment,
            testPurchases: testPurchases,
            clock: clock,
            logger: logger
        )
        desk = AnswerDesk(store: store, policy: policy, clock: clock)
        self.counter = counter
        self.logger = QuietLogger(logger)
    }

    /// - Parameters:
    ///   - token: the purchase's, which proves it: only its buyer's device has it.
    ///   - product: what it has to be a purchase of, where the app says so.
    ///   - key: whoever repeats the claim with it gets the same token.
    public func claim(
        token: String,
        product: String?,
        key: IdempotencyKey? = nil
    ) async throws(ProofRefusal) -> ClaimedToken {
        guard let token = PurchaseToken(token) else { throw .invalid }
        try counter.admitQuestion(resolver.reference(token))
        let (outcome, effect) = try await ask(token, product, in: resolver.environment)
        guard outcome == .elsewhere, resolver.environment == .production else {
            return try await settle(outcome, effect, resolver.reference(token), key)
        }
        guard resolver.noteTest() else { throw .testPurchase }
        let (testOutcome, testEffect) = try await ask(token, product, in: .sandbox)
        if case .applied(let id) = testOutcome { try await store.checkTestPurchase(id, logger: logger) }
        return try await settle(testOutcome, testEffect, resolver.reference(token, .sandbox), key)
    }

    private func ask(
        _ token: PurchaseToken,
        _ product: String?,
        in world: BillingEnvironment
    ) async throws(ProofRefusal) -> (RefreshOutcome, InboxEffect?) {
        do {
            return try await desk.apply(resolver.reference(token, world)) { seen in
                try await resolver.answer(
                    token,
                    at: desk.clock(),
                    product: product,
                    reinstates: false,
                    seen: seen,
                    in: world
                )
            }
        } catch {
            logger.warning("a posted purchase cannot be asked about", metadata: ["reason": "\(error)"])
            throw .unavailable
        }
    }

    private func settle(
        _ outcome: RefreshOutcome,
        _ effect: InboxEffect?,
        _ reference: StoreReference,
        _ key: IdempotencyKey?
    ) async throws(ProofRefusal) -> ClaimedToken {
        switch outcome {
        case .notFound: throw .invalid
        case .elsewhere:
            logger.notice("refused a posted purchase of money: billing.production is off")
            throw .invalid
        case .unusable(let reason):
            logger.error("a posted purchase needs a person", metadata: ["reason": "\(reason)"])
            guard effect != nil, let id = try await served(reference) else { throw .invalid }
            return try await counter.issue(for: id, reference, key: key, at: desk.clock())
        case .applied(let id):
            if let effect { await resolver.settled(effect) }
            return try await counter.issue(for: id, reference, key: key, at: desk.clock())
        }
    }

    /// The subscription that goes on with the tier that it had.
    private func served(_ reference: StoreReference) async throws(ProofRefusal) -> SubscriptionID? {
        do {
            return try await store.subscription(reference)?.id
        } catch {
            throw .unavailable
        }
    }
}
