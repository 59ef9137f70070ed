import Billing
import Cryptography
import Database
import DatabaseTestSupport
import FoundationEssentials
import Logging
import Model
import StandInServer
import Store

@testable import PaymentProviders

/// Receiver and worker for Google Play over a database of their own, beside a Google that the test rules.
struct GoogleDesk: Sendable {
    let store: Store
    let world: GoogleWorld
    let receiver: GoogleReceiver
    let worker: WebhookWorker
    let claims: GoogleClaims
    let reconciler: GoogleReconciler
    let clock: TestClock
    let moments = TestInstants()
    let log = TestLog()

    static func open(
        environment: BillingEnvironment = .sandbox,
        testPurchases: TestPurchaseTerms? = nil,
        _ body: @Sendable (GoogleDesk) async throws -> Void
    ) async throws {
        let world = GoogleWorld()
        try await StandInServer.run { request, _ in
            world.answer(request)
        } _: { _, base in
            let database = try await TestDatabase.create(from: BillingDesk.template)
            try await database.withPool(connections: 4) { pool in
                let store = Store(pool: pool)
                try await body(try GoogleDesk(store, world, base, environment, testPurchases))
            }
        }
    }

    init(
        _ store: Store,
        _ world: GoogleWorld,
        _ base: String,
        _ environment: BillingEnvironment = .sandbox,
        _ testPurchases: TestPurchaseTerms? = nil
    ) throws {
        let log = log
        let logger = Logger(label: "test") { _ in log }
        let signal = WakeSignal()
        let clock = TestClock()
        let account = try JSONEncoder().encode([
            "type": "service_account", "client_email": "billing@example.iam.gserviceaccount.com",
            "private_key": GoogleWorld.key.pem, "private_key_id": "k1", "token_uri": "\(base)/token",
        ])
        self.store = store
        self.world = world
        self.clock = clock
        receiver = GoogleReceiver(
            store: store,
            configuration: .init(
                package: GoogleWorld.package,
                subscription: GoogleWorld.subscription,
                audience: GoogleWorld.audience,
                account: GoogleWorld.account,
                keysAddress: "\(base)/certs"
            ),
            signal: signal,
            logger: logger
        )
        let tiers = try TierCatalogue(
            [
                Tier(name: TierName("basic")!, peerLimit: 5, products: [.google: ["basic_monthly"]]),
                Tier(name: TierName("plus")!, peerLimit: 10, products: [.google: ["plus_monthly"]]),
            ],
            addOns: [AddOn(products: [.google: ["more_devices"]], peers: 3)],
            ignored: ["dedicated_ip"]
        )
        let api = GoogleAPI(
            base: base,
            package: GoogleWorld.package,
            account: try GoogleServiceAccount(json: Secret(String(decoding: account, as: UTF8.self))),
            clock: { clock.now }
        )
        worker = WebhookWorker(
            store: store,
            google: api,
            catalogue: tiers,
            environment: environment,
            testPurchases: testPurchases,
            signal: signal,
            clock: { clock.now },
            logger: logger
        )
        let moments = moments
        claims = GoogleClaims(
            store: store,
            api: api,
            catalogue: tiers,
            environment: environment,
            testPurchases: testPurchases,
            counter: ClaimCounter(store: store, pepper: AppleDesk.pepper, logger: logger, now: { moments.now }),
            clock: { clock.now },
            logger: logger
        )
        reconciler = GoogleReconciler(
            store: store,
            api: api,
            catalogue: tiers,
            environment: environment,
            testPurchases: testPurchases,
            signal: signal,
            clock: { clock.now },
            logger: logger
        )
    }

    /// Posts what a device has.
    func claim(_ token: String, product: String? = nil) async -> Result<ClaimedToken, ProofRefusal> {
        do throws(ProofRefusal) {
            return .success(try await claims.claim(token: token, product: product))
        } catch {
            return .failure(error)
        }
    }

    func owner(of claimed: ClaimedToken) async throws -> SubscriptionID? {
        try await store.authenticate([claimed.token], peppers: Peppers(AppleDesk.pepper), now: clock.now)[0]
    }

    static func reference(_ token: String) -> StoreReference {
        StoreReference(provider: .google, environment: .sandbox, text: token)
    }

    /// Pushes a notification and lets the worker run.
    @discardableResult
    func deliver(_ token: String, type: Int = 4, id: String) async throws -> WebhookAnswer {
        let answer = try await push(GoogleWorld.push(token, type: type, id: id))
        await worker.drain()
        return answer
    }

    func push(_ body: [UInt8], token: String? = nil) async throws -> WebhookAnswer {
        try await receiver.receive(token: token ?? GoogleWorld.pushToken(), body: body, now: clock.now)
    }

    func entitlement(_ token: String) async throws -> Entitlement? { try await record(token)?.entitlement }

    func record(_ token: String) async throws -> SubscriptionRecord? {
        try await store.subscription(StoreReference(provider: .google, environment: .sandbox, text: token))
    }

    func rows(_ sql: String) async throws -> [String] {
        try await store.pool.read { transaction in
            try transaction.query(Statement(sql)).map { row in try row.text("text") }
        }
    }
}
