import Billing
import Logging
import Model
import Store

/// Finds out what a notification of Google Play's means: it only says which purchase to ask about.
///
/// The subscription is read, then Google is asked, then the answer is written if nobody wrote in between: the last write
/// rests on the newest answer.
struct GoogleResolver: EventResolver {
    let provider = PaymentProvider.google
    let store: Store
    private(set) var api: GoogleAPI
    let catalogue: TierCatalogue
    let environment: BillingEnvironment
    /// What test purchases may use in production; nil where they are refused.
    let testPurchases: TestPurchaseTerms?
    let acknowledgements: GoogleAcknowledgements
    private var inquiry: SharedInquiry?
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger

    init(
        store: Store,
        api: GoogleAPI,
        catalogue: TierCatalogue,
        environment: BillingEnvironment,
        testPurchases: TestPurchaseTerms? = nil,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.store = store
        self.api = api
        self.catalogue = catalogue
        self.environment = environment
        self.testPurchases = testPurchases
        self.clock = clock
        self.logger = logger
        acknowledgements = GoogleAcknowledgements(
            store: store,
            api: api,
            environment: environment,
            clock: clock,
            logger: logger
        )
    }

    func sharing(_ inquiry: SharedInquiry) -> Self {
        var copy = self
        copy.inquiry = inquiry
        copy.api = api.sharing(inquiry)
        return copy
    }

    func resolve(fields: String) async throws -> EventResolution {
        guard let fields = try? GoogleInboxFields(json: fields) else { return .park("fields of an unknown version") }
        guard let at = UnixMilliseconds.timestamp(fields.event_time) else { return .park("an impossible time") }
        let resolution = try await resolve(fields, at: at, in: environment)
        // Whatever is not of the world that is served is a test purchase, in production.
        guard resolution == nil, environment == .production, noteTest() else { return resolution ?? .nothing }
        return try await resolve(fields, at: at, in: .sandbox) ?? .nothing
    }

    /// - Returns: nil for a purchase of the other world.
    private func resolve(
        _ fields: GoogleInboxFields,
        at: Timestamp,
        in world: BillingEnvironment
    ) async throws -> EventResolution? {
        let reference = reference(fields.purchase_token, world)
        let seen = try await (inquiry ?? SharedInquiry()).seen(reference, at: store)
        let answer = try await answer(
            fields.purchase_token,
            at: at,
            isRevocation: fields.isRevocation,
            seen: seen,
            in: world
        )
        switch answer {
        case .effect(let effect): return .effect(effect)
        case .notFound:
            // Google forgets a purchase 60 days after its end; one that we hold must have ended.
            guard case .version = seen else { return .park("Google does not know the purchase") }
            let gone = GoogleDecision.make(
                nil,
                at: at,
                isRevocation: fields.isRevocation,
                catalogue: catalogue,
                now: clock()
            )
            return .effect(effect(gone, nil, reference, seen: seen))
        case .elsewhere: return nil
        case .unusable(let reason): return .park(reason)
        }
    }

    /// Whether test purchases are taken; there is a log line in either case.
    func noteTest() -> Bool {
        guard testPurchases != nil else {
            logger.notice("ignored a test purchase at Google Play: test_purchases.accepted is off")
            return false
        }
        logger.notice("took a test purchase at Google Play")
        return true
    }

    /// Asks Google for a purchase.
    ///
    /// - Parameters:
    ///   - isRevocation: whether Google has said that the money went back.
    ///   - product: what it has to be a purchase of; nil for anything.
    ///   - reinstates: whether a revocation may be cleared; not because a device asks.
    ///   - seen: the subscription as it was read before.
    ///   - world: the one that it has to be of; nil for the one that is served. They never meet.
    func answer(
        _ token: PurchaseToken,
        at: Timestamp,
        isRevocation: Bool = false,
        product: String? = nil,
        reinstates: Bool = true,
        seen: InboxEffect.Seen,
        in world: BillingEnvironment? = nil
    ) async throws -> StoreAnswer {
        let world = world ?? environment
        guard let subscription = try await api.subscription(token) else { return .notFound }
        if let product, !subscription.products.contains(product) { return .notFound }
        guard subscription.environment == world else { return .elsewhere }
        let decision = GoogleDecision.make(
            subscription,
            at: at,
            isRevocation: isRevocation,
            reinstates: reinstates,
            catalogue: catalogue,
            now: clock()
        )
        return .effect(effect(decision, subscription, reference(token, world), seen: seen))
    }

    private func effect(
        _ decision: GoogleDecision,
        _ subscription: GoogleSubscription?,
        _ reference: StoreReference,
        seen: InboxEffect.Seen
    ) -> InboxEffect {
        InboxEffect(
            reference: reference,
            events: decision.events,
            claimHash: subscription?.claimHash,
            seen: seen,
            supersedes: decision.predecessor.map { self.reference($0, reference.environment) },
            awaitsAcknowledgement: subscription.flatMap(productToAcknowledge),
            testTerms: reference.environment == environment ? nil : testPurchases
        )
    }

    /// The product that gives the tier. A purchase that is still pending has nothing to acknowledge; one whose products
    /// nobody has configured gets its money back by itself.
    private func productToAcknowledge(_ subscription: GoogleSubscription) -> String? {
        guard subscription.isUnacknowledged, GoogleReport.status(subscription.subscriptionState) == .active else {
            return nil
        }
        return subscription.currentItems(at: clock()).map(\.productId.text)
            .first { catalogue.tier(of: $0, at: .google) != nil }
    }

    func settled(_ effect: InboxEffect) async { await acknowledgements.settled(effect) }

    func catchUp() async { await acknowledgements.catchUp() }

    /// - Parameter world: nil for the one that is served.
    func reference(_ token: PurchaseToken, _ world: BillingEnvironment? = nil) -> StoreReference {
        StoreReference(provider: .google, environment: world ?? environment, text: token.text)
    }
}

extension GoogleInboxFields {
    /// SUBSCRIPTION_REVOKED, or a voided purchase: the money went back.
    fileprivate var isRevocation: Bool { kind == .voided || type == 12 }
}
