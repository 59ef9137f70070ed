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
        guard let subscription = try await api.subscription(fields.purchase_token) else {
            // Google forgets a purchase 60 days after its end; one that we hold must have ended.
            guard case .version = seen else { return .park("Google does not know the purchase") }
            return .effect(ended(reference, at: at, seen: seen))
        }
        // The store's two worlds never meet, and a test purchase costs nothing.
        guard subscription.environment == environment else { return .nothing }
        switch GoogleReport.make(subscription, catalogue: catalogue) {
        case .success(let report):
            var events = [SubscriptionEvent(at: at, .fetched(report, reinstates: false))]
            if fields.isRevocation, report.status == .ended {
                events.append(SubscriptionEvent(at: at, .refunded(through: nil)))
            }
            return .effect(effect(of: subscription, reference, events, seen: seen))
        // Not acknowledged, so that Google gives the money back when nobody configures the product in time.
        case .failure(let problem): return .park("\(problem)")
        }
    }

    private func effect(
        of subscription: GoogleSubscription,
        _ reference: StoreReference,
        _ events: [SubscriptionEvent],
        seen: InboxEffect.Seen
    ) -> InboxEffect {
        let predecessor =
            subscription.linkedPurchaseToken ?? subscription.outOfAppPurchaseContext?.expiredPurchaseToken
        return InboxEffect(
            reference: reference,
            events: events,
            claimHash: subscription.claimHash,
            seen: seen,
            supersedes: predecessor.map { self.reference($0) },
            // A purchase that is still pending has nothing to acknowledge.
            awaitsAcknowledgement: subscription.isUnacknowledged
                && GoogleReport.status(subscription.subscriptionState) == .active
                ? subscription.products.first : nil
        )
    }

    private func ended(_ reference: StoreReference, at: Timestamp, seen: InboxEffect.Seen) -> InboxEffect {
        let report = StoreReport(status: .ended, tier: nil, periodStart: nil, periodEnd: nil, autoRenew: false)
        return InboxEffect(
            reference: reference,
            events: [SubscriptionEvent(at: at, .fetched(report, reinstates: false))],
            seen: seen
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
