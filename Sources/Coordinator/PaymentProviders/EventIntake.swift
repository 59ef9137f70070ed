import Billing
import Logging
import Model
import Store

/// Where a store's verified events go: into the inbox, durably, and then the worker is woken.
struct EventIntake: Sendable {
    let provider: PaymentProvider
    let store: Store
    let signal: WakeSignal
    let logger: Logger

    /// - Parameter id: the store's own of the event, the same each time it is delivered.
    func record(_ id: String, _ fields: some InboxFields, now: Timestamp) async -> WebhookAnswer {
        do {
            switch try await store.recordWebhook(provider, eventID: id, fields: try fields.json(), now: now) {
            case .new:
                signal.wake()
                return .ok
            case .duplicate: return .duplicate
            }
        } catch {
            logger.error(
                "a webhook could not be stored",
                metadata: ["store": "\(provider)", "reason": "\(error)"]
            )
            return .unavailable
        }
    }

    /// Records an event that the store was asked for.
    ///
    /// - Returns: whether it was new.
    func recover(
        _ id: String,
        _ fields: some InboxFields,
        now: Timestamp
    ) async throws(ReconciliationFailure) -> Bool {
        switch await record(id, fields, now: now) {
        case .ok: return true
        case .unavailable: throw .database("the inbox takes nothing")
        case .duplicate, .ignored, .badSignature: return false
        }
    }
}
