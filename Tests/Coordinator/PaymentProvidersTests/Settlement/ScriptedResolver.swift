import Billing
import Database
import DatabaseTestSupport
import Logging
import Model
import Store

@testable import PaymentProviders

/// What an event of a test holds.
struct ScriptedFields: InboxFields {
    let subscription: String
    let number: Int

    var storeReference: String? { subscription }
}

/// Resolves events as the test says.
struct ScriptedResolver: EventResolver {
    let provider: PaymentProvider
    let environment = BillingEnvironment.sandbox
    let answer: @Sendable (ScriptedFields) async throws -> EventResolution

    func resolve(fields: String) async throws -> EventResolution {
        try await answer(try ScriptedFields(json: fields))
    }
}

/// Workers over one inbox, at a time that the test sets.
struct SettlementDesk: Sendable {
    let store: Store
    let clock = TestClock()

    static func open(connections: Int = 4, _ body: (SettlementDesk) async throws -> Void) async throws {
        let database = try await TestDatabase.create(from: BillingDesk.template)
        try await database.withPool(connections: connections) { pool in
            try await body(SettlementDesk(store: Store(pool: pool)))
        }
    }

    func worker(
        of provider: PaymentProvider = .stripe,
        signal: WakeSignal = WakeSignal(),
        callsAtOnce: Int = 16,
        _ answer: @escaping @Sendable (ScriptedFields) async throws -> EventResolution
    ) -> WebhookWorker {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let clock = clock
        return WebhookWorker(
            store: store,
            resolver: ScriptedResolver(provider: provider, answer: answer),
            callsAtOnce: callsAtOnce,
            signal: signal,
            clock: { clock.now },
            logger: logger
        )
    }

    /// Each a millisecond after the one before.
    func record(_ events: [ScriptedFields], of provider: PaymentProvider = .stripe) async throws {
        let recorder = WebhookRecorder(store: store, provider: provider)
        for (place, event) in events.enumerated() {
            _ = try await recorder.record(
                "evt_\(event.subscription)_\(event.number)",
                fields: try event.json(),
                storeReference: event.storeReference,
                now: clock.now + .milliseconds(place)
            )
        }
        clock.now = clock.now + .milliseconds(events.count)
    }

    func waiting(_ provider: PaymentProvider = .stripe) async throws -> Int {
        try await store.billingFigures(.sandbox, now: clock.now).inboxes[provider]?.waiting ?? 0
    }

    func known(_ fields: ScriptedFields, of provider: PaymentProvider = .stripe) -> EventResolution {
        .effect(
            InboxEffect(
                reference: StoreReference(provider: provider, environment: .sandbox, text: fields.subscription),
                events: [SubscriptionEvent(at: clock.now, .known)]
            )
        )
    }
}
