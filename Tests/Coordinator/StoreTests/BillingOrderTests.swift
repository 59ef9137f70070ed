import Billing
import Cryptography
import Database
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(10))) struct BillingOrderTests {
    private let now = BillingDatabase.now
    private let secret = Secret<[UInt8]>(Array(0..<32))
    private var claimHash: [UInt8] { SHA256.hash(secret.reveal()) }

    @Test func `an order is registered once, and only for its tier`() async throws {
        try await BillingDatabase.withStore { store in
            let first = try await store.registerOrder(claimHash: claimHash, tier: BillingDatabase.basic, now: now)
            guard case .new(let order) = first else { return #expect(Bool(false), "\(first)") }
            let later = now + .seconds(60)
            let second = try await store.registerOrder(claimHash: claimHash, tier: BillingDatabase.basic, now: later)
            guard case .repeated(let same) = second else { return #expect(Bool(false), "\(second)") }
            #expect(same.id == order.id)
            #expect(same.expiresAt == order.expiresAt + .seconds(60))
            let plus = try #require(TierName("plus"))
            #expect(try await store.registerOrder(claimHash: claimHash, tier: plus, now: now) == .otherTier)
        }
    }

    @Test func `a claim waits for the payment, and an unknown secret finds nothing`() async throws {
        try await BillingDatabase.withStore { store in
            #expect(try await refusal(store) == .unknownClaim)
            _ = try await store.registerOrder(claimHash: claimHash, tier: BillingDatabase.basic, now: now)
            #expect(try await refusal(store) == .paymentPending)
            // Checkout has named the subscription, and nothing tells of a payment yet.
            let known = SubscriptionEvent(at: now, .known)
            _ = try await pay("evt_1", "sub_1", known, claimHash, store)
            #expect(try await refusal(store) == .paymentPending)
            _ = try await pay("evt_2", "sub_1", BillingDatabase.paid(), nil, store)
            let claimed = try await claim(store).get()
            let record = try #require(try await store.subscription(BillingDatabase.reference))
            #expect(claimed.subscription == record.id)
        }
    }

    @Test func `a claim again ends the older token`() async throws {
        try await BillingDatabase.withStore { store in
            let peppers = Peppers(BillingDatabase.pepper)
            _ = try await store.registerOrder(claimHash: claimHash, tier: BillingDatabase.basic, now: now)
            _ = try await pay("evt_1", "sub_1", BillingDatabase.paid(), claimHash, store)
            let first = try await claim(store).get()
            #expect(try await store.authenticate([first.token], peppers: peppers, now: now)[0] == first.subscription)
            let second = try await claim(store, at: now + Store.claimWindow).get()
            #expect(try await store.authenticate([first.token], peppers: peppers, now: now)[0] == nil)
            #expect(try await store.authenticate([second.token], peppers: peppers, now: now)[0] == second.subscription)
        }
    }

    @Test func `claims at the same time get one token, and it is good`() async throws {
        try await BillingDatabase.withStore(connections: 8) { store in
            _ = try await store.registerOrder(claimHash: claimHash, tier: BillingDatabase.basic, now: now)
            _ = try await pay("evt_1", "sub_1", BillingDatabase.paid(), claimHash, store)
            let tokens = try await withThrowingTaskGroup(of: ClaimedToken.self) { group in
                for _ in 0..<8 { group.addTask { try await claim(store).get() } }
                return try await group.reduce(into: [ClaimedToken]()) { $0.append($1) }
            }
            #expect(Set(tokens.map(\.token)).count == 1)
            let peppers = Peppers(BillingDatabase.pepper)
            let owner = try await store.authenticate([tokens[0].token], peppers: peppers, now: now)[0]
            #expect(owner == tokens[0].subscription)
            #expect(tokens.filter { !$0.isRepeated }.count == 1)
        }
    }

    @Test func `a claim with a key gets its token for a day, and no other`() async throws {
        try await BillingDatabase.withStore { store in
            _ = try await store.registerOrder(claimHash: claimHash, tier: BillingDatabase.basic, now: now)
            _ = try await pay("evt_1", "sub_1", BillingDatabase.paid(), claimHash, store)
            let key = IdempotencyKey(key: "k1", requestHash: [1])
            let first = try await claim(store, key: key).get()
            let hours = now + .seconds(3600)
            let second = try await claim(store, at: hours).get()
            #expect(second.token != first.token)
            // A late duplicate of the first: it makes nothing, and ends nothing.
            let again = try await claim(store, key: key, at: hours).get()
            #expect(again.token == first.token && again.isRepeated)
            let peppers = Peppers(BillingDatabase.pepper)
            #expect(try await store.authenticate([second.token], peppers: peppers, now: hours)[0] != nil)
            let other = try await claim(store, key: IdempotencyKey(key: "k1", requestHash: [2]), at: hours)
            guard case .failure(.idempotencyKeyReused) = other else { return #expect(Bool(false), "\(other)") }
        }
    }

    @Test func `a claim after a revocation gets another token, within the same minute`() async throws {
        try await BillingDatabase.withStore { store in
            _ = try await store.registerOrder(claimHash: claimHash, tier: BillingDatabase.basic, now: now)
            _ = try await pay("evt_1", "sub_1", BillingDatabase.paid(), claimHash, store)
            let first = try await claim(store).get()
            let peppers = Peppers(BillingDatabase.pepper)
            try await store.revokeTokens(of: first.subscription, peppers: peppers, now: now)
            let second = try await claim(store).get()
            #expect(second.token != first.token)
            #expect(try await store.authenticate([second.token], peppers: peppers, now: now)[0] != nil)
        }
    }

    @Test func `what a token is derived from is forgotten with the window, and a key with its day`() async throws {
        try await BillingDatabase.withStore { store in
            _ = try await store.registerOrder(claimHash: claimHash, tier: BillingDatabase.basic, now: now)
            _ = try await pay("evt_1", "sub_1", BillingDatabase.paid(), claimHash, store)
            _ = try await claim(store, key: IdempotencyKey(key: "k1", requestHash: [1])).get()
            for (moment, left) in [(61, 1), (86_399, 1), (86_401, 0)] {
                try await store.forgetWhatIsOver(now: now + .seconds(Int64(moment)))
                let rows = try await store.pool.read { try $0.query("SELECT FROM idempotency_keys").count }
                #expect(rows == left, "after \(moment) s")
            }
        }
    }

    @Test func `a token is good under the pepper before, and under no other`() async throws {
        try await BillingDatabase.withStore { store in
            _ = try await store.registerOrder(claimHash: claimHash, tier: BillingDatabase.basic, now: now)
            _ = try await pay("evt_1", "sub_1", BillingDatabase.paid(), claimHash, store)
            let claimed = try await claim(store).get()
            let next = try #require(Pepper(version: 2, key: Array(repeating: 9, count: 32)))
            let both = Peppers(next, other: BillingDatabase.pepper)
            #expect(try await store.authenticate([claimed.token], peppers: Peppers(next), now: now)[0] == nil)
            #expect(try await store.authenticate([claimed.token], peppers: both, now: now)[0] == claimed.subscription)
            #expect(try await store.authenticate([.generate()], peppers: both, now: now)[0] == nil)
        }
    }

    @Test func `a bound order is never given to another subscription`() async throws {
        try await BillingDatabase.withStore { store in
            _ = try await store.registerOrder(claimHash: claimHash, tier: BillingDatabase.basic, now: now)
            _ = try await pay("evt_1", "sub_1", BillingDatabase.paid(), claimHash, store)
            let owner = try await claim(store).get().subscription
            let thief = try await pay("evt_2", "sub_2", BillingDatabase.paid(), claimHash, store)
            guard case .appliedAndParked(_, .order(.boundElsewhere)) = thief else {
                return #expect(Bool(false), "\(thief)")
            }
            #expect(try await claim(store).get().subscription == owner)
            // Fulfilment may run several times.
            #expect(try await pay("evt_3", "sub_1", BillingDatabase.paid(), claimHash, store) == .applied(owner))
        }
    }

    @Test func `a hash that nobody registered binds nothing, and the payment still counts`() async throws {
        try await BillingDatabase.withStore { store in
            let outcome = try await pay("evt_1", "sub_1", BillingDatabase.paid(), claimHash, store)
            guard case .appliedAndParked(let id, .order(.unknownOrder)) = outcome else {
                return #expect(Bool(false), "\(outcome)")
            }
            #expect(try await store.subscription(id)?.entitlement.hasAccess(at: now) == true)
            #expect(try await refusal(store) == .unknownClaim)
        }
    }

    @Test func `only unpaid orders are forgotten`() async throws {
        try await BillingDatabase.withStore { store in
            _ = try await store.registerOrder(claimHash: claimHash, tier: BillingDatabase.basic, now: now)
            let other = SHA256.hash([1])
            _ = try await store.registerOrder(claimHash: other, tier: BillingDatabase.basic, now: now)
            _ = try await pay("evt_1", "sub_1", BillingDatabase.paid(), claimHash, store)
            #expect(try await store.removeUnpaidOrders(expiredBefore: now + .seconds(30 * 86_400)) == 1)
            #expect(try await claim(store).get().subscription == store.subscription(BillingDatabase.reference)?.id)
        }
    }

    private func pay(
        _ eventID: String,
        _ subscription: String,
        _ event: SubscriptionEvent,
        _ claimHash: [UInt8]?,
        _ store: Store
    ) async throws -> InboxOutcome {
        let entry = try await BillingDatabase.take(eventID, from: store)
        let reference = StoreReference(provider: .stripe, environment: .sandbox, text: subscription)
        let effect = InboxEffect(reference: reference, events: [event], claimHash: claimHash)
        return try await store.apply(effect, of: entry, policy: BillingPolicy(), now: now)
    }

    private func claim(
        _ store: Store,
        key: IdempotencyKey? = nil,
        at moment: Timestamp = BillingDatabase.now
    ) async throws -> Result<ClaimedToken, ClaimRefusal> {
        try await store.claim(secret: secret, key: key, pepper: BillingDatabase.pepper, now: moment)
    }

    private func refusal(_ store: Store) async throws -> ClaimRefusal? {
        switch try await claim(store) {
        case .success: nil
        case .failure(let refusal): refusal
        }
    }
}
