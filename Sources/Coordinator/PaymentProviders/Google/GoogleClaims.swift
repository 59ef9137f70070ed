import Billing
import Logging
import Model
import Store

/// Takes purchase tokens of Google Play's that apps post, and gives subscription tokens for them.
public struct GoogleClaims: Sendable {
    private let resolver: GoogleResolver
    private let desk: AnswerDesk
    private let counter: ClaimCounter
    private let logger: Logger

    public init(
        store: Store,
        api: GoogleAPI,
        catalogue: TierCatalogue,
        environment: BillingEnvironment,
        policy: BillingPolicy = BillingPolicy(),
        counter: ClaimCounter,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        resolver = GoogleResolver(
            store: store,
            api: api,
            catalogue: catalogue,
            environment: environment,
            clock: clock,
            logger: logger
        )
        desk = AnswerDesk(store: store, policy: policy, clock: clock)
        self.counter = counter
        self.logger = logger
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
        let reference = resolver.reference(token)
        try counter.admitQuestion(reference)
        let (outcome, effect): (RefreshOutcome, InboxEffect?)
        do {
            (outcome, effect) = try await desk.apply(reference) { seen in
                try await resolver.answer(token, at: desk.clock(), product: product, seen: seen)
            }
        } catch {
            logger.warning("a posted purchase cannot be asked about", metadata: ["reason": "\(error)"])
            throw .unavailable
        }
        switch outcome {
        case .notFound, .elsewhere: throw .invalid
        case .unusable(let reason):
            logger.error("a posted purchase needs a person", metadata: ["reason": "\(reason)"])
            throw .invalid
        case .applied(let id):
            if let effect { await resolver.settled(effect) }
            return try await counter.issue(for: id, reference, key: key, at: desk.clock())
        }
    }
}
