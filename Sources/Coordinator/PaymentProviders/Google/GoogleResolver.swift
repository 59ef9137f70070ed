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
    let acknowledgements: GoogleAcknowledgements
    private var inquiry: SharedInquiry?

    init(
        store: Store,
        api: GoogleAPI,
        catalogue: TierCatalogue,
        environment: BillingEnvironment,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.store = store
        self.api = api
        self.catalogue = catalogue
        self.environment = environment
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
        let reference = reference(fields.purchase_token)
        let seen = try await (inquiry ?? SharedInquiry()).seen(reference, at: store)
        let answer = try await answer(fields.purchase_token, at: at, isRevocation: fields.isRevocation, seen: seen)
        switch answer {
        case .effect(let effect): return .effect(effect)
        case .notFound:
            // Google forgets a purchase 60 days after its end; one that we hold must have ended.
            guard case .version = seen else { return .park("Google does not know the purchase") }
            let gone = GoogleDecision.make(nil, at: at, isRevocation: fields.isRevocation, catalogue: catalogue)
            return .effect(effect(try gone.get(), nil, reference, seen: seen))
        case .elsewhere: return .nothing
        // Not acknowledged, so that Google gives the money back when nobody configures the product in time.
        case .unusable(let reason): return .park(reason)
        }
    }

    /// Asks Google for a purchase.
    ///
    /// - Parameters:
    ///   - isRevocation: whether Google has said that the money went back.
    ///   - product: what it has to be a purchase of; nil for anything.
    ///   - seen: the subscription as it was read before.
    func answer(
        _ token: PurchaseToken,
        at: Timestamp,
        isRevocation: Bool = false,
        product: String? = nil,
        seen: InboxEffect.Seen
    ) async throws -> StoreAnswer {
        guard let subscription = try await api.subscription(token) else { return .notFound }
        if let product, !subscription.products.contains(product) { return .notFound }
        // The store's two worlds never meet, and a test purchase costs nothing.
        guard subscription.environment == environment else { return .elsewhere }
        let decision = GoogleDecision.make(subscription, at: at, isRevocation: isRevocation, catalogue: catalogue)
        switch decision {
        case .success(let decision): return .effect(effect(decision, subscription, reference(token), seen: seen))
        case .failure(let problem): return .unusable("\(problem)")
        }
    }

    private func effect(
        _ decision: GoogleDecision,
        _ subscription: GoogleSubscription?,
        _ reference: StoreReference,
        seen: InboxEffect.Seen
    ) -> InboxEffect {
        // A purchase that is still pending has nothing to acknowledge.
        let isToAcknowledge = subscription.map {
            $0.isUnacknowledged && GoogleReport.status($0.subscriptionState) == .active
        }
        return InboxEffect(
            reference: reference,
            events: decision.events,
            claimHash: subscription?.claimHash,
            seen: seen,
            supersedes: decision.predecessor.map { self.reference($0) },
            awaitsAcknowledgement: isToAcknowledge == true ? subscription?.products.first : nil
        )
    }

    func settled(_ effect: InboxEffect) async { await acknowledgements.settled(effect) }

    func catchUp() async { await acknowledgements.catchUp() }

    func reference(_ token: PurchaseToken) -> StoreReference {
        StoreReference(provider: .google, environment: environment, text: token.text)
    }
}

extension GoogleInboxFields {
    /// SUBSCRIPTION_REVOKED, or a voided purchase: the money went back.
    fileprivate var isRevocation: Bool { kind == .voided || type == 12 }
}
