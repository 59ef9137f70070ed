import Billing
import Logging
import Model
import Store

/// Tells Google of purchases that are in force here: those that it is not told of within three days, it refunds.
struct GoogleAcknowledgements: Sendable {
    private static let acknowledgedAtOnce = 100

    let store: Store
    let api: GoogleAPI
    let environment: BillingEnvironment
    let clock: @Sendable () -> Timestamp
    let logger: Logger

    /// - Parameter effect: durable.
    func settled(_ effect: InboxEffect) async {
        guard let product = effect.awaitsAcknowledgement else { return }
        await acknowledge(effect.reference, product: product)
    }

    /// Tells Google what it was not told in time; each purchase at its own pace.
    func catchUp() async {
        do {
            let due = try await store.takeUnacknowledgedPurchases(
                at: .google,
                environment,
                limit: Self.acknowledgedAtOnce,
                now: clock()
            )
            for purchase in due {
                if clock() - purchase.since > Store.acknowledgementAlarm {
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
}
