/// How often something may be done for each of many keys: a burst, and then one at a time as time goes by. Pure; forgets
/// whoever is silent for long enough to have a full bucket again, and under a flood of keys the oldest of them.
struct TokenBuckets<Key: Hashable & Sendable>: Sendable {
    private struct Bucket {
        var tokens: Double
        var at: ContinuousClock.Instant
    }

    private let burst: Double
    /// For one token.
    private let interval: Duration
    private let keysMax: Int
    /// Two generations, so that forgetting costs nothing: the older one is dropped as a whole.
    private var young: [Key: Bucket] = [:]
    private var old: [Key: Bucket] = [:]
    private var bornAt: ContinuousClock.Instant?

    /// - Parameter keysMax: of a generation; there are two.
    init(burst: Int, per interval: Duration, keysMax: Int) {
        self.burst = Double(burst)
        self.interval = interval
        self.keysMax = keysMax
    }

    /// Takes a token of the key's.
    ///
    /// - Returns: nil, or, where there is none, when there will be one.
    mutating func take(_ key: Key, now: ContinuousClock.Instant) -> Duration? {
        age(now)
        var bucket = young[key] ?? old[key] ?? Bucket(tokens: burst, at: now)
        bucket.tokens = min(burst, bucket.tokens + bucket.at.duration(to: now) / interval)
        bucket.at = now
        guard bucket.tokens >= 1 else {
            young[key] = bucket
            return interval * (1 - bucket.tokens)
        }
        bucket.tokens -= 1
        young[key] = bucket
        return nil
    }

    /// Gives a token back that nothing came of.
    mutating func giveBack(_ key: Key) {
        young[key]?.tokens += 1
    }

    var count: Int { young.count + old.count }

    private mutating func age(_ now: ContinuousClock.Instant) {
        let since = bornAt ?? now
        bornAt = since
        guard young.count >= keysMax || since.duration(to: now) >= interval * burst else { return }
        (old, young, bornAt) = (young, [:], now)
    }
}
