import Billing
import Cryptography
import Logging
import Model
import Store

/// Asks Google Play for what its notifications did not say.
public struct GoogleReconciler: StoreReconciler {
    /// Google lists 30 days; a minute is for the clocks, and for the way.
    private static let listed: Duration = .seconds(30 * 86_400 - 60)
    private static let pagesMax = 1000

    public let provider = PaymentProvider.google
    private let store: Store
    private let api: GoogleAPI
    private let resolver: GoogleResolver
    private let desk: AnswerDesk
    private let intake: EventIntake

    /// - Parameter signal: wakes the worker of Google Play's events.
    public init(
        store: Store,
        api: GoogleAPI,
        catalogue: TierCatalogue,
        environment: BillingEnvironment,
        testPurchases: TestPurchaseTerms? = nil,
        policy: BillingPolicy = BillingPolicy(),
        signal: WakeSignal,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.store = store
        self.api = api
        resolver = GoogleResolver(
            store: store,
            api: api,
            catalogue: catalogue,
            environment: environment,
            testPurchases: testPurchases,
            clock: clock,
            logger: logger
        )
        desk = AnswerDesk(store: store, policy: policy, clock: clock)
        intake = EventIntake(provider: .google, store: store, signal: signal, logger: logger)
    }

    public func refresh(_ reference: StoreReference) async throws(ReconciliationFailure) -> RefreshOutcome {
        guard reference.provider == provider, reference.environment == resolver.environment,
            let token = PurchaseToken(reference.text)
        else { return .elsewhere }
        let (outcome, effect) = try await desk.apply(reference) { seen in
            try await resolver.answer(token, at: desk.clock(), seen: seen)
        }
        if let effect { await resolver.settled(effect) }
        return outcome
    }

    /// Voided purchases: each goes into the inbox as the notification of it would have.
    public func recoverMissed(since: Timestamp) async throws(ReconciliationFailure) -> Int {
        let start = max(since, desk.clock() - Self.listed)
        var (count, next) = (0, String?.none)
        for _ in 0..<Self.pagesMax {
            let page = try await page(since: start, next)
            for purchase in page.voidedPurchases ?? [] where try await record(purchase) { count += 1 }
            guard let token = page.tokenPagination?.nextPageToken, !token.isEmpty, token != next else { break }
            next = token
        }
        return count
    }

    private func page(since: Timestamp, _ next: String?) async throws(ReconciliationFailure) -> GoogleVoidedPurchases {
        do throws(GoogleAPIError) {
            return try await api.voidedPurchases(since: since, page: next)
        } catch {
            throw .store("\(error)")
        }
    }

    private func record(_ purchase: GoogleVoidedPurchases.Purchase) async throws(ReconciliationFailure) -> Bool {
        guard let time = Int64(purchase.voidedTimeMillis), UnixMilliseconds.timestamp(time) != nil else { return false }
        // What was never in force here has nothing to lose.
        let isKnown: Bool
        do {
            isKnown = try await store.subscription(resolver.reference(purchase.purchaseToken)) != nil
        } catch {
            throw .database("\(error)")
        }
        guard isKnown else { return false }
        // Events' names are logged; a purchase's must not be.
        let name = Hexadecimal.encode(SHA256.hash(Array("\(purchase.purchaseToken.text)/\(time)".utf8)))
        return try await intake.recover(
            "voided-\(name)",
            GoogleInboxFields(kind: .voided, purchaseToken: purchase.purchaseToken, eventTime: time),
            now: desk.clock()
        )
    }
}
