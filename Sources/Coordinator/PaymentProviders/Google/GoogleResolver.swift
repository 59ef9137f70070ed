import Billing
import Logging
import Model
import Store

/// Finds out what a notification of Google Play's means: it only says which purchase to ask about.
///
/// The subscription is read, then Google is asked, then the answer is written if nobody wrote in between: the last write
/// rests on the newest answer.
struct GoogleResolver: EventResolver {
    /// How long an unacknowledged purchase is nobody's concern; Google refunds it after 72 hours.
    private static let alertAfter: Duration = .seconds(48 * 3600)
    private static let acknowledgedAtOnce = 100

    let provider = PaymentProvider.google
    let store: Store
    let api: GoogleAPI
    let catalogue: TierCatalogue
    let environment: BillingEnvironment
    let clock: @Sendable () -> Timestamp
    let logger: Logger

    func resolve(fields: String) async throws -> EventResolution {
        guard let fields = try? GoogleInboxFields(json: fields) else { return .park("fields of an unknown version") }
        guard let at = UnixMilliseconds.timestamp(fields.event_time) else { return .park("an impossible time") }
        let reference = reference(fields.purchase_token)
        let seen = try await store.subscription(reference).map { InboxEffect.Seen.version($0.version) } ?? .absent
        let subscription = try await api.subscription(fields.purchase_token)
        // Google forgets a purchase 60 days after its end; one that we hold must have ended.
        if subscription == nil, seen == .absent { return .park("Google does not know the purchase") }
        // The store's two worlds never meet, and a test purchase costs nothing.
        if let subscription, subscription.environment != environment { return .nothing }
        let decision = GoogleDecision.make(
            subscription,
            at: at,
            isRevocation: fields.isRevocation,
            catalogue: catalogue
        )
        switch decision {
        case .success(let decision): return .effect(effect(decision, subscription, reference, seen: seen))
        // Not acknowledged, so that Google gives the money back when nobody configures the product in time.
        case .failure(let problem): return .park("\(problem)")
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

    func settled(_ effect: InboxEffect) async {
        guard let product = effect.awaitsAcknowledgement else { return }
        await acknowledge(effect.reference, product: product)
    }

    func catchUp() async {
        do {
            let due = try await store.unacknowledgedPurchases(at: .google, environment, limit: Self.acknowledgedAtOnce)
            for purchase in due {
                if clock() - purchase.since > Self.alertAfter {
                    logger.error(
                        "Google will refund a purchase that it could not be told of",
                        metadata: ["since": "\(purchase.since)"]
                    )
                }
                await acknowledge(purchase.reference, product: purchase.product)
            }
        } catch {
            logger.warning("unacknowledged purchases cannot be read", metadata: ["reason": "\(error)"])
        }
    }

    private func acknowledge(_ reference: StoreReference, product: String) async {
        guard let token = PurchaseToken(reference.text) else { return }
        do {
            try await api.acknowledge(token, product: product)
            try await store.recordAcknowledged(reference)
        } catch {
            // It stays recorded, and is tried again.
            logger.warning("a purchase could not be acknowledged", metadata: ["reason": "\(error)"])
        }
    }

    private func reference(_ token: PurchaseToken) -> StoreReference {
        StoreReference(provider: .google, environment: environment, text: token.text)
    }
}

extension GoogleInboxFields {
    /// SUBSCRIPTION_REVOKED, or a voided purchase: the money went back.
    fileprivate var isRevocation: Bool { kind == .voided || type == 12 }
}
