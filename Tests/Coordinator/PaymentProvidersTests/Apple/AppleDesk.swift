import Billing
import Crypto
import Cryptography
import Database
import DatabaseTestSupport
import Logging
import Model
import StandInServer
import Store

@testable import PaymentProviders

/// Everything for the App Store over a database of its own, at a time that the test sets.
struct AppleDesk: Sendable {
    static let key = P256.Signing.PrivateKey()
    static let pepper = Pepper(version: 1, key: Array(repeating: 7, count: 32))!

    let store: Store
    let receiver: AppleReceiver
    let worker: WebhookWorker
    let claims: AppleClaims
    let reconciler: AppleReconciler
    let clock = TestClock()
    let moments = TestInstants()
    let log = TestLog()

    /// - Parameters:
    ///   - base: of the App Store Server API.
    ///   - authority: whose root is trusted.
    static func open(
        base: String = "http://127.0.0.1:9",
        authority: AppleAuthority = AppleNotice.authority,
        checksRevocation: Bool = false,
        environment: BillingEnvironment = .sandbox,
        testPurchases: TestPurchaseTerms? = nil,
        _ body: (AppleDesk) async throws -> Void
    ) async throws {
        let database = try await TestDatabase.create(from: BillingDesk.template)
        try await database.withPool(connections: 4) { pool in
            try await body(
                AppleDesk(store: Store(pool: pool), base, authority, checksRevocation, environment, testPurchases)
            )
        }
    }

    init(
        store: Store,
        _ base: String = "http://127.0.0.1:9",
        _ authority: AppleAuthority = AppleNotice.authority,
        _ checksRevocation: Bool = false,
        _ environment: BillingEnvironment = .sandbox,
        _ testPurchases: TestPurchaseTerms? = nil
    ) throws {
        let log = log
        let logger = Logger(label: "test") { _ in log }
        let (signal, clock, moments) = (WakeSignal(), clock, moments)
        let verifier = try AppleVerifier(
            configuration: AppleConfiguration(
                bundleID: "org.example.vpn",
                appID: environment == .production ? 1234 : nil,
                environment: environment,
                root: authority.root,
                testPurchases: testPurchases
            ),
            checksRevocation: checksRevocation
        )
        let catalogue = try TierCatalogue(
            [
                Tier(name: TierName("basic")!, peerLimit: 5, products: [.apple: ["basic.monthly"]]),
                Tier(name: TierName("plus")!, peerLimit: 10, products: [.apple: ["plus.monthly"]]),
            ],
            addOns: [AddOn(products: [.apple: ["more.devices"]], peers: 3)]
        )
        self.store = store
        receiver = AppleReceiver(store: store, verifier: verifier, signal: signal, logger: logger)
        worker = WebhookWorker(
            store: store,
            appleCatalogue: catalogue,
            environment: environment,
            testPurchases: testPurchases,
            signal: signal,
            clock: { clock.now },
            logger: logger
        )
        claims = AppleClaims(
            store: store,
            verifier: verifier,
            catalogue: catalogue,
            counter: ClaimCounter(store: store, pepper: Self.pepper, logger: logger, now: { moments.now }),
            clock: { clock.now },
            logger: logger
        )
        reconciler = AppleReconciler(
            store: store,
            api: AppleServerAPI(
                base: base,
                bundleID: "org.example.vpn",
                credentials: try .init(
                    key: Secret(Self.key.pemRepresentation),
                    keyID: "2X9R4HXF34",
                    issuerID: "57246542-96fe-1a63-e053-0824d011072a"
                ),
                clock: { clock.now }
            ),
            verifier: verifier,
            catalogue: catalogue,
            signal: signal,
            clock: { clock.now },
            logger: logger
        )
    }

    func deliver(_ notification: AppleNotice) async throws -> WebhookAnswer {
        let answer = await receiver.receive(body: try notification.body, now: clock.now)
        await worker.drain()
        return answer
    }

    /// Posts what a device has.
    func claim(_ notice: AppleNotice = AppleNotice(), withRenewal: Bool = false) async throws -> Result<
        ClaimedToken, ProofRefusal
    > {
        let (transaction, renewal) = (try notice.transactionText(), withRenewal ? try notice.renewalText() : nil)
        do throws(ProofRefusal) {
            return .success(try await claims.claim(transaction: transaction, renewal: renewal))
        } catch {
            return .failure(error)
        }
    }

    static func reference(_ original: String = "1000") -> StoreReference {
        StoreReference(provider: .apple, environment: .sandbox, text: original)
    }

    func entitlement(_ original: String = "1000") async throws -> Entitlement? {
        try await store.subscription(Self.reference(original))?.entitlement
    }

    func owner(of claimed: ClaimedToken) async throws -> SubscriptionID? {
        try await store.authenticate([claimed.token], peppers: Peppers(Self.pepper), now: clock.now)[0]
    }

    func rows(_ sql: String) async throws -> [String] {
        try await store.pool.read { transaction in
            try transaction.query(Statement(sql)).map { row in try row.text("text") }
        }
    }
}
