import Cryptography
import DaemonRuntime
import Logging
import Model
import Store

/// Hands out tokens for proofs of purchase, and not too often.
///
/// Each claim ends the tokens before it, so that a proof that got into wrong hands could be played back and forth
/// without end. Counted in memory: each instance for itself, and anew after a start.
public final class ClaimCounter: Sendable {
    /// Five tokens an hour for one purchase.
    private let claims = RateLimiter<StoreReference>(burst: 5, pause: .seconds(720), keysMax: 10_000)
    /// Looks at one purchase: an app asks again while its payment is pending.
    private let looks = RateLimiter<StoreReference>(burst: 20, pause: .seconds(10), keysMax: 10_000)
    /// Looks at purchases of which nothing is known yet but that somebody posts them, by everybody together: each costs a
    /// question to the store.
    private let questions = RateLimiter<Bool>(burst: 50, pause: .milliseconds(100))

    private let store: Store
    private let pepper: Pepper
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameter now: for tests.
    public init(
        store: Store,
        pepper: Pepper,
        logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.store = store
        self.pepper = pepper
        self.logger = logger
        self.now = now
    }

    /// Before the store is asked about a purchase.
    func admitQuestion(_ reference: StoreReference) throws(ProofRefusal) {
        if let wait = looks.take(reference, now: now()) ?? questions.take(true, now: now()) {
            throw .limited(retryAfter: wait)
        }
    }

    /// Makes a token, once the purchase is proved and in force.
    ///
    /// - Parameter reference: of the purchase, as it was proved.
    func issue(
        for id: SubscriptionID,
        _ reference: StoreReference,
        key: IdempotencyKey?,
        at moment: Timestamp
    ) async throws(ProofRefusal) -> ClaimedToken {
        if let wait = claims.take(reference, now: now()) { throw .limited(retryAfter: wait) }
        let result: Result<ClaimedToken, ClaimRefusal>
        do {
            result = try await store.issueToken(
                for: id,
                proof: Secret(Array(reference.text.utf8)),
                key: key,
                pepper: pepper,
                now: moment
            )
        } catch {
            claims.giveBack(reference)
            logger.error("a token could not be stored", metadata: ["reason": "\(error)"])
            throw .unavailable
        }
        switch result {
        case .success(let claimed):
            // The same token once more plays nobody's token away.
            if claimed.isRepeated { claims.giveBack(reference) }
            return claimed
        case .failure(.idempotencyKeyReused):
            claims.giveBack(reference)
            throw .idempotencyKeyReused
        // It was there a moment ago, and its account was deleted since.
        case .failure(.unknownClaim): throw .invalid
        case .failure(.paymentPending), .failure(.checkoutExpired), .failure(.paymentFailed), .failure(.underReview),
            .failure(.orderExpired):
            claims.giveBack(reference)
            throw .pending
        }
    }
}
