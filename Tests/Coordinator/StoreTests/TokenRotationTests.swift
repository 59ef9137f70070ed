import Billing
import Cryptography
import Database
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(10))) struct TokenRotationTests {
    private let now = BillingDatabase.now
    private let day: Duration = .seconds(86_400)
    private let peppers = Peppers(BillingDatabase.pepper)

    private func claimed(_ store: Store) async throws -> ClaimedToken {
        let secret = RandomBytes.make(32)
        let hash = SHA256.hash(secret)
        _ = try await store.registerOrder(claimHash: hash, tier: BillingDatabase.basic, now: now)
        let entry = try await BillingDatabase.take("evt_1", from: store)
        let effect = InboxEffect(
            reference: BillingDatabase.reference,
            events: [BillingDatabase.paid()],
            claimHash: hash
        )
        _ = try await store.apply(effect, of: entry, policy: BillingPolicy(), now: now)
        return try await store.claim(secret: Secret(secret), pepper: peppers.current, now: now).get()
    }

    private func owner(
        _ token: SubscriptionToken,
        _ store: Store,
        at moment: Timestamp,
        _ peppers: Peppers? = nil
    ) async throws -> SubscriptionID? {
        try await store.authenticate([token], peppers: peppers ?? self.peppers, now: moment)[0]
    }

    @Test func `a rotated token is good for a day beside its successor, and no longer`() async throws {
        try await BillingDatabase.withStore { store in
            let first = try await claimed(store)
            let second = try await store.rotateToken(first.token, peppers: peppers, now: now).get()
            #expect(second.subscription == first.subscription)
            #expect(try await owner(first.token, store, at: now + day - .seconds(1)) == first.subscription)
            #expect(try await owner(first.token, store, at: now + day) == nil)
            #expect(try await owner(second.token, store, at: now + day + day) == first.subscription)
        }
    }

    @Test func `rotating again with the old token never puts its end off`() async throws {
        try await BillingDatabase.withStore { store in
            let first = try await claimed(store)
            _ = try await store.rotateToken(first.token, peppers: peppers, now: now).get()
            let later = now + day - .seconds(1)
            let third = try await store.rotateToken(first.token, peppers: peppers, now: later).get()
            #expect(try await owner(first.token, store, at: now + day) == nil)
            #expect(try await owner(third.token, store, at: now + day) == first.subscription)
            let over = try await store.rotateToken(first.token, peppers: peppers, now: now + day)
            guard case .failure(.unknownToken) = over else { return #expect(Bool(false), "\(over)") }
        }
    }

    @Test func `a rotation that is repeated with its key gives the same successor, and another body is refused`()
        async throws
    {
        try await BillingDatabase.withStore(connections: 8) { store in
            let first = try await claimed(store)
            let key = IdempotencyKey(key: "k1", requestHash: [1])
            let successors = try await withThrowingTaskGroup(of: SubscriptionToken.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await store.rotateToken(first.token, key: key, peppers: peppers, now: now).get().token
                    }
                }
                return try await group.reduce(into: Set<SubscriptionToken>()) { $0.insert($1) }
            }
            #expect(successors.count == 1)
            let successor = try #require(successors.first)
            #expect(try await owner(successor, store, at: now) == first.subscription)
            try await store.revokeTokens(of: first.subscription, only: successor, peppers: peppers, now: now)
            let late = try await store.rotateToken(first.token, key: key, peppers: peppers, now: now).get()
            #expect(late.token == successor, "nothing is made again")
            #expect(try await store.tokenCounts(now: now) == [1: 1])
            let other = IdempotencyKey(key: "k1", requestHash: [2])
            let refused = try await store.rotateToken(first.token, key: other, peppers: peppers, now: now)
            guard case .failure(.idempotencyKeyReused) = refused else { return #expect(Bool(false), "\(refused)") }
        }
    }

    @Test func `good tokens are bounded, also when rotations come at once`() async throws {
        try await BillingDatabase.withStore(connections: 8) { store in
            let first = try await claimed(store)
            let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        switch try await store.rotateToken(first.token, peppers: peppers, now: now) {
                        case .success: true
                        case .failure(.tooManyTokens(let until)):
                            if until == now + day { false } else { throw RotationRefusal.tooManyTokens(until: until) }
                        case .failure(let refusal): throw refusal
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(made == 7)
        }
    }

    @Test func `a revocation ends one token or all, at once`() async throws {
        try await BillingDatabase.withStore { store in
            let first = try await claimed(store)
            let second = try await store.rotateToken(first.token, peppers: peppers, now: now).get()
            let third = try await store.rotateToken(first.token, peppers: peppers, now: now).get()
            let id = first.subscription
            try await store.revokeTokens(of: id, only: second.token, peppers: peppers, now: now)
            #expect(try await owner(second.token, store, at: now) == nil)
            #expect(try await owner(third.token, store, at: now) == id)
            try await store.revokeTokens(of: .random(), only: third.token, peppers: peppers, now: now)
            #expect(try await owner(third.token, store, at: now) == id, "another's token is none of one's business")
            try await store.revokeTokens(of: id, peppers: peppers, now: now)
            #expect(try await owner(first.token, store, at: now) == nil)
            #expect(try await owner(third.token, store, at: now) == nil)
        }
    }

    @Test func `a token moves to the present pepper when it is used`() async throws {
        try await BillingDatabase.withStore { store in
            let first = try await claimed(store)
            let next = try #require(Pepper(version: 2, key: Array(repeating: 9, count: 32)))
            let both = Peppers(next, other: BillingDatabase.pepper)
            #expect(try await store.tokenCounts(now: now) == [1: 1])
            #expect(try await owner(first.token, store, at: now, both) == first.subscription)
            #expect(try await store.tokenCounts(now: now) == [2: 1])
            #expect(try await owner(first.token, store, at: now, Peppers(next)) == first.subscription)
            #expect(try await owner(first.token, store, at: now) == nil)
        }
    }

    @Test func `an erased account leaves the store's reference alone, under another id`() async throws {
        try await BillingDatabase.withStore { store in
            let first = try await claimed(store)
            let id = first.subscription
            try await store.pool.transaction { transaction in
                try transaction.execute(
                    """
                    INSERT INTO peers (id, subscription_id, public_key, address_index, region, created_at)
                    VALUES (gen_random_uuid(), $1, sha256('key'), nextval('address_indexes'), 'fra1', now())
                    """,
                    .uuid(id.bytes)
                )
            }
            #expect(try await store.eraseAccount(id, now: now) == [])
            #expect(try await owner(first.token, store, at: now) == nil)
            #expect(try await store.subscription(id) == nil)
            #expect(try await store.eraseAccount(id, now: now) == nil)
            let left = try #require(try await store.subscription(BillingDatabase.reference))
            #expect(left.entitlement.state == .expired)
            #expect(left.entitlement.tier == nil && left.entitlement.accessUntil == nil)
            for table in ["peers", "orders", "subscription_tokens", "idempotency_keys"] {
                let rows = try await store.pool.read { transaction in
                    try transaction.query(Statement("SELECT FROM \(table)")).count
                }
                #expect(rows == 0, "\(table)")
            }
            let freed = try await store.pool.read { try $0.query("SELECT FROM free_addresses").count }
            #expect(freed == 1)
        }
    }

    /// The rotation has read the token when the revocation begins; whoever comes second sees what the first has done.
    @Test func `no rotation of the same moment escapes a revocation`() async throws {
        try await BillingDatabase.withStore(connections: 8) { store in
            let first = try await claimed(store)
            for _ in 0..<20 {
                let token = try await store.issueToken(
                    for: first.subscription,
                    proof: Secret([1]),
                    pepper: peppers.current,
                    now: now
                ).get()
                async let rotated = store.rotateToken(token.token, peppers: peppers, now: now)
                async let revoked: Void = store.revokeTokens(of: first.subscription, peppers: peppers, now: now)
                _ = try await (rotated, revoked)
                #expect(try await store.tokenCounts(now: now).isEmpty)
            }
        }
    }

    @Test func `an account that was refunded stays so when it is erased`() async throws {
        try await BillingDatabase.withStore { store in
            let first = try await claimed(store)
            let entry = try await BillingDatabase.take("evt_2", from: store)
            let refund = SubscriptionEvent(at: now, .refunded(through: nil))
            let effect = InboxEffect(reference: BillingDatabase.reference, events: [refund])
            _ = try await store.apply(effect, of: entry, policy: BillingPolicy(), now: now)
            _ = try await store.eraseAccount(first.subscription, now: now)
            #expect(try await store.subscription(BillingDatabase.reference)?.entitlement.state == .revoked)
        }
    }

    @Test func `every bucket of an erased account is given up`() async throws {
        try await BillingDatabase.withStore { store in
            _ = try await claimed(store)
            let later = StoreReference(provider: .stripe, environment: .sandbox, text: "sub_later")
            let entry = try await BillingDatabase.take("evt_2", from: store)
            let effect = InboxEffect(
                reference: later,
                events: [BillingDatabase.paid()],
                supersedes: BillingDatabase.reference
            )
            _ = try await store.apply(effect, of: entry, policy: BillingPolicy(), now: now)
            let owner = try #require(try await store.subscription(later))
            try await store.pool.transaction { transaction in
                try transaction.script(
                    """
                    INSERT INTO buckets (name, subscription_id, created_at, made_at, next_attempt_at)
                    SELECT 'bucket-' || row_number() OVER (), id, now(), now(), now() FROM subscriptions
                    """
                )
            }
            #expect(try await store.eraseAccount(owner.id, now: now) != nil)
            let doomed = try await store.pool.read { transaction in
                try transaction.query("SELECT FROM buckets WHERE deletion_at IS NOT NULL").count
            }
            #expect(doomed == 2)
        }
    }

    @Test func `the subscriptions whose place it took go along`() async throws {
        try await BillingDatabase.withStore { store in
            _ = try await claimed(store)
            let later = StoreReference(provider: .stripe, environment: .sandbox, text: "sub_later")
            let entry = try await BillingDatabase.take("evt_2", from: store)
            let effect = InboxEffect(
                reference: later,
                events: [BillingDatabase.paid()],
                supersedes: BillingDatabase.reference
            )
            _ = try await store.apply(effect, of: entry, policy: BillingPolicy(), now: now)
            let before = try #require(try await store.subscription(BillingDatabase.reference))
            let owner = try #require(try await store.subscription(later))
            _ = try await store.eraseAccount(owner.id, now: now)
            let after = try #require(try await store.subscription(BillingDatabase.reference))
            #expect(after.id != before.id)
            #expect(after.entitlement.state == .superseded)
        }
    }
}
