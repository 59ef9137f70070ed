import Billing
import Cryptography
import Database
import DatabaseTestSupport
import Model
import Store

/// A migrated database, with what the tests of subscriptions, orders and tokens share.
enum BillingDatabase {
    static let template = TestTemplate(name: "billing_store") { configuration in
        try await withPool(configuration) { pool in try await Store(pool: pool).migrate() }
    }

    static func withStore(connections: Int = 4, _ body: (Store) async throws -> Void) async throws {
        let database = try await TestDatabase.create(from: template)
        try await database.withPool(connections: connections) { pool in try await body(Store(pool: pool)) }
    }

    static let now = Timestamp(seconds: 1_700_000_000)
    static let basic = TierName("basic")!
    static let pepper = Pepper(version: 1, key: Array(repeating: 7, count: 32))!
    static let reference = StoreReference(provider: .stripe, environment: .sandbox, text: "sub_1")

    static func paid(_ days: Int64 = 30) -> SubscriptionEvent {
        let end = now + .seconds(days * 86_400)
        let report = StoreReport(status: .active, tier: basic, periodStart: now, periodEnd: end)
        return SubscriptionEvent(at: now, .invoiced(.stated(SubscriptionStatement(at: now, report: report))))
    }

    /// Records an event and takes it from the inbox.
    static func take(_ eventID: String, from store: Store, at moment: Timestamp = now) async throws -> InboxEntry {
        _ = try await store.recordWebhook(.stripe, eventID: eventID, fields: "{}", now: moment)
        let entries = try await store.takeWebhooks(.stripe, limit: 10, now: moment)
        guard let entry = entries.first(where: { $0.eventID == eventID }) else { throw NothingTaken() }
        return entry
    }

    struct NothingTaken: Error {}
}
