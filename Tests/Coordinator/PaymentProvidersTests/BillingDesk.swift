import Billing
import Database
import DatabaseTestSupport
import Logging
import Model
import Store
import Synchronization

@testable import PaymentProviders

/// Receiver and worker over a database of their own, at a time that the test sets.
struct BillingDesk: Sendable {
    let store: Store
    let receiver: StripeReceiver
    let worker: WebhookWorker
    let clock = TestClock()

    static let template = TestTemplate(name: "billing_payments") { configuration in
        try await withPool(configuration) { pool in try await Store(pool: pool).migrate() }
    }

    static func open(
        api: StripeAPI? = nil,
        catalogue: TierCatalogue? = nil,
        _ body: (BillingDesk) async throws -> Void
    ) async throws {
        let database = try await TestDatabase.create(from: template)
        try await database.withPool(connections: 4) { pool in
            try await body(try BillingDesk(store: Store(pool: pool), api: api, catalogue: catalogue))
        }
    }

    init(store: Store, api: StripeAPI?, catalogue: TierCatalogue? = nil) throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let signal = WakeSignal()
        let basic = Tier(
            name: TierName("basic")!,
            peerLimit: 5,
            products: [.stripe: ["price_basic", "price_basic_month"]]
        )
        let plus = Tier(name: TierName("plus")!, peerLimit: 10, products: [.stripe: ["price_plus"]])
        let clock = clock
        self.store = store
        receiver = try StripeReceiver(
            store: store,
            secrets: [StripeMaterial.secret],
            environment: .sandbox,
            hasKey: api != nil,
            signal: signal,
            logger: logger
        )
        worker = WebhookWorker(
            store: store,
            api: api,
            catalogue: try catalogue ?? TierCatalogue([basic, plus]),
            environment: .sandbox,
            signal: signal,
            clock: { clock.now },
            logger: logger
        )
    }

    /// Delivers an event, signed, and returns the answer; the worker has not run.
    @discardableResult
    func deliver(_ type: String, _ object: String, id: String, created: Int64 = StripeMaterial.time) async
        -> WebhookAnswer
    {
        let body = StripeMaterial.event(type, object, id: id, created: created)
        let header = StripeMaterial.header(body, time: clock.now.seconds)
        return await receiver.receive(header: header, body: body, now: clock.now)
    }

    func entitlement() async throws -> Entitlement? {
        let reference = StoreReference(provider: .stripe, environment: .sandbox, text: "sub_1")
        return try await store.subscription(reference)?.entitlement
    }

    func parkedReasons() async throws -> [String] {
        try await store.pool.read { transaction in
            try transaction.query("SELECT parked_reason FROM webhook_inbox WHERE parked_reason IS NOT NULL")
                .map { row in try row.text("parked_reason") }
        }
    }
}

/// A clock that stands still until it is set.
final class TestClock: Sendable {
    private let value = Mutex(Timestamp(seconds: StripeMaterial.time))

    var now: Timestamp {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
