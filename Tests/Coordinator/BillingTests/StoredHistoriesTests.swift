import Billing
import Database
import DatabaseTestSupport
import Model
import SeededRandom
import Store
import Testing

/// The same lives through the inbox and the database: what is pure has to survive being written down.
@Suite(.serialized, .timeLimit(.minutes(10))) struct StoredHistoriesTests {
    private static let template = TestTemplate(name: "billing_histories") { configuration in
        try await withPool(configuration) { pool in try await Store(pool: pool).migrate() }
    }

    private func withStore(_ body: (Store) async throws -> Void) async throws {
        let database = try await TestDatabase.create(from: Self.template)
        try await database.withPool(connections: 2) { pool in try await body(Store(pool: pool)) }
    }

    /// Records an event, unless it was recorded before, and carries it out.
    private func deliver(
        _ event: SubscriptionEvent,
        id: String,
        of reference: StoreReference,
        now: Timestamp,
        to store: Store
    ) async throws {
        _ = try await store.recordWebhook(reference.provider, eventID: id, fields: "{}", now: now)
        for entry in try await store.takeWebhooks(reference.provider, limit: 10, now: now) {
            let effect = InboxEffect(reference: reference, events: [event])
            _ = try await store.apply(effect, of: entry, policy: BillingPolicy(), now: now)
        }
    }

    @Test(arguments: 0..<4)
    func `Stripe's events in any order, repeated, leave what the store says`(block: UInt64) async throws {
        try await withStore { store in
            for seed in block * 25..<(block + 1) * 25 {
                var random = SplitMix64(seed: seed)
                let history = EventHistory(using: &random)
                let reference = StoreReference(provider: .stripe, environment: .sandbox, text: "sub_\(seed)")
                let repeats = history.events.indices.filter { _ in Bool.random(using: &random) }
                for index in (Array(history.events.indices) + repeats).shuffled(using: &random) {
                    let event = history.events[index]
                    try await deliver(event, id: "\(seed)-\(index)", of: reference, now: history.now, to: store)
                    let held = try await store.subscription(reference)?.entitlement
                    #expect(held?.hasAccess(at: history.grantedUntil) == false, "seed \(seed)")
                }
                let inOrder = history.events.reduce(Entitlement(provider: .stripe, environment: .sandbox)) {
                    $0.applying($1, now: history.now)
                }
                #expect(try await store.subscription(reference)?.entitlement == inOrder, "seed \(seed)")
                try await deliver(history.reconcile, id: "\(seed)", of: reference, now: history.now, to: store)
                let held = try #require(try await store.subscription(reference)?.entitlement)
                #expect(held.state == history.state, "seed \(seed)")
                #expect(held.hasAccess(at: history.now) == history.hasAccess, "seed \(seed)")
                #expect(held.tier == history.tier, "seed \(seed)")
            }
        }
    }

    @Test(arguments: 0..<4)
    func `what the App Store signs, in any order, repeated, leaves what the store says`(block: UInt64) async throws {
        try await withStore { store in
            for seed in block * 25..<(block + 1) * 25 {
                var random = SplitMix64(seed: seed)
                let history = AppStoreHistory(using: &random)
                let reference = StoreReference(provider: .apple, environment: .sandbox, text: "\(seed)")
                let events = history.statements.map(\.event)
                let repeats = events.indices.filter { _ in Bool.random(using: &random) }
                for index in (Array(events.indices) + repeats).shuffled(using: &random) {
                    let id = "\(seed)-\(index)"
                    try await deliver(events[index], id: id, of: reference, now: history.now, to: store)
                    let held = try await store.subscription(reference)?.entitlement
                    #expect(held?.hasAccess(at: max(history.grantedUntil, history.now)) == false, "seed \(seed)")
                }
                let held = try #require(try await store.subscription(reference)?.entitlement)
                let inOrder = events.reduce(Entitlement(provider: .apple, environment: .sandbox)) {
                    $0.applying($1, now: history.now)
                }
                #expect(held.ledger == inOrder.ledger, "seed \(seed)")
                #expect(held.state == history.state, "seed \(seed)")
            }
        }
    }
}

extension AppStoreHistory.Statement {
    fileprivate var event: SubscriptionEvent {
        switch self {
        case .transaction(let transaction, let source):
            SubscriptionEvent(
                at: transaction.signedAt,
                .signed(AppStoreStatement(transaction: transaction, source: source))
            )
        case .renewal(let renewal):
            SubscriptionEvent(
                at: renewal.signedAt,
                .signed(AppStoreStatement(transaction: nil, renewal: renewal, source: .store))
            )
        }
    }
}
