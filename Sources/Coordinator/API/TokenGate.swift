import Cryptography
import DaemonRuntime
import Model
import Synchronization

/// Decides, before the database is asked, whether a token may be looked up.
///
/// - A token that was found bad is refused from memory, without a look-up and without harm to anybody else.
/// - A token of ours (`SubscriptionToken.isMade`), or one that was good lately, is always looked up: no bad token of
///   others, from whatever address, stands in its way.
/// - What is left are invented tokens, and good ones from before tokens had a tag that this instance has not seen since
///   its start. Bad ones among them count for their address, each once; an address that has none left shares a small
///   allowance with all others of its kind.
///
/// Nothing here says that a token is good: the database does, at each request.
final class TokenGate: Sendable {
    /// Of a token, under a key of this process alone.
    private struct Digest: Hashable {
        let bytes: [UInt8]
    }

    private struct Memory {
        var good: RecentSet<Digest>
        var bad: RecentSet<Digest>
        /// Strangers' tokens that are being looked up: of the same one at the same moment, one counts.
        var pending: [Digest: Int] = [:]
    }

    enum Lane: Hashable {
        /// Looked up with others of its kind, so that strangers' look-ups are no queue for it.
        case known
        case stranger
    }

    private let peppers: Peppers
    private let key = RandomBytes.make(32)
    private let memory: Mutex<Memory>
    /// Bad tokens of strangers, by address.
    private let byAddress: RateLimiter<ClientPrefix>
    /// Those of all addresses that have used up their own.
    private let shared = RateLimiter<Bool>(burst: 200, pause: .milliseconds(20))

    init(peppers: Peppers, burst: Int = 60, pause: Duration = .seconds(1), memoryMax: Int = 100_000) {
        self.peppers = peppers
        byAddress = RateLimiter(burst: burst, pause: pause)
        memory = Mutex(
            Memory(
                good: RecentSet(life: .seconds(3600), countMax: memoryMax),
                bad: RecentSet(life: .seconds(600), countMax: memoryMax)
            )
        )
    }

    /// Looks a token up where it may be.
    ///
    /// - Parameters:
    ///   - client: nil where the address is not known.
    ///   - lookUp: asks the database; nil for a bad token.
    /// - Returns: nil for a bad token.
    /// - Throws: `Problem.tooManyRequests`, and what `lookUp` throws.
    func pass<Owner: Sendable>(
        _ token: SubscriptionToken,
        from client: ClientPrefix?,
        now: ContinuousClock.Instant = .now,
        lookUp: (Lane) async throws -> Owner?
    ) async throws -> Owner? {
        let digest = Digest(bytes: BLAKE2b.hash(Array(token.text.reveal().utf8), key: key, byteCount: 16))
        let isBad = memory.withLock { $0.bad.contains(digest, now: now) }
        if isBad { return nil }
        let isOurs = peppers.all.contains(where: token.isMade)
        guard isOurs || memory.withLock({ $0.good.contains(digest, now: now) }) else {
            return try await passStranger(digest, from: client, now: now, lookUp: lookUp)
        }
        let owner = try await lookUp(.known)
        // One with a tag needs no place in the memory of good ones.
        if owner == nil || !isOurs { note(digest, isGood: owner != nil, now: now) }
        return owner
    }

    private func passStranger<Owner: Sendable>(
        _ digest: Digest,
        from client: ClientPrefix?,
        now: ContinuousClock.Instant,
        lookUp: (Lane) async throws -> Owner?
    ) async throws -> Owner? {
        let isFirst = memory.withLock { memory in
            memory.pending[digest, default: 0] += 1
            return memory.pending[digest] == 1
        }
        defer {
            memory.withLock { memory in
                let left = memory.pending[digest, default: 1] - 1
                memory.pending[digest] = left > 0 ? left : nil
            }
        }
        let giveBack = isFirst ? try count(client, now: now) : {}
        do {
            let owner = try await lookUp(.stranger)
            if owner != nil { giveBack() }
            note(digest, isGood: owner != nil, now: now)
            return owner
        } catch {
            // Nothing was found out: nobody is to be blamed.
            giveBack()
            throw error
        }
    }

    /// Counts a look-up as a failure until it proves good.
    private func count(_ client: ClientPrefix?, now: ContinuousClock.Instant) throws(Problem) -> () -> Void {
        guard let client else { return {} }
        guard byAddress.take(client, now: now) != nil else { return { [byAddress] in byAddress.giveBack(client) } }
        if let wait = shared.take(true, now: now) { throw .tooManyRequests(wait) }
        return { [shared] in shared.giveBack(true) }
    }

    private func note(_ digest: Digest, isGood: Bool, now: ContinuousClock.Instant) {
        memory.withLock { memory in
            if isGood {
                memory.good.insert(digest, now: now)
            } else {
                memory.good.remove(digest)
                memory.bad.insert(digest, now: now)
            }
        }
    }
}
