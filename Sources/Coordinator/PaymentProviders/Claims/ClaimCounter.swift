import Cryptography
import Logging
import Model
import Store
import Synchronization

/// Hands out tokens for proofs of purchase, and not too often.
///
/// Each claim ends the tokens before it, so that a proof that got into wrong hands could be played back and forth
/// without end. Counted in memory: each instance for itself, and anew after a start.
public final class ClaimCounter: Sendable {
    private struct Buckets: Sendable {
        /// Five tokens an hour for one purchase.
        var claims = TokenBuckets<StoreReference>(burst: 5, per: .seconds(720), keysMax: 10_000)
        /// Looks at one purchase: an app asks again while its payment is pending.
        var looks = TokenBuckets<StoreReference>(burst: 20, per: .seconds(10), keysMax: 10_000)
        /// Looks at purchases of which nothing is known yet but that somebody posts them, by everybody together: each
        /// costs a question to the store.
        var questions = TokenBuckets<Bool>(burst: 50, per: .milliseconds(100), keysMax: 1)
    }

    private let store: Store
    private let pepper: Pepper
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let buckets = Mutex(Buckets())

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
        let wait = buckets.withLock { buckets in
            buckets.looks.take(reference, now: now()) ?? buckets.questions.take(true, now: now())
        }
        if let wait { throw .limited(retryAfter: wait) }
    }

    /// Makes a token, once the purchase is proved and in force.
    ///
    /// - Parameter reference: of the purchase, as it was proved.
    func issue(
        for id: SubscriptionID,
        _ reference: StoreReference,
        at moment: Timestamp
    ) async throws(ProofRefusal) -> ClaimedToken {
        if let wait = buckets.withLock({ $0.claims.take(reference, now: now()) }) { throw .limited(retryAfter: wait) }
        let result: Result<ClaimedToken, ClaimRefusal>
        do {
            result = try await store.issueToken(for: id, pepper: pepper, now: moment)
        } catch {
            giveBack(reference)
            logger.error("a token could not be stored", metadata: ["reason": "\(error)"])
            throw .unavailable
        }
        switch result {
        case .success(let claimed): return claimed
        case .failure(.paymentPending):
            giveBack(reference)
            throw .pending
        // It was there a moment ago, and its account was deleted since.
        case .failure(.unknownClaim): throw .invalid
        }
    }

    private func giveBack(_ reference: StoreReference) {
        buckets.withLock { $0.claims.giveBack(reference) }
    }
}
