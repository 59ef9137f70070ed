import Billing
import Logging
import Model
import Store

/// Where a store's verified events go: into the inbox, durably, and then the worker is woken.
struct EventIntake: Sendable {
    private let provider: PaymentProvider
    private let recorder: WebhookRecorder
    private let signal: WakeSignal
    private let logger: Logger

    init(provider: PaymentProvider, store: Store, signal: WakeSignal, logger: Logger) {
        self.provider = provider
        recorder = WebhookRecorder(store: store, provider: provider)
        self.signal = signal
        self.logger = logger
    }

    /// - Parameter id: the store's own of the event, the same each time it is delivered.
    func record(_ id: String, _ fields: some InboxFields, now: Timestamp) async -> WebhookAnswer {
        do {
            let reference = fields.storeReference
            switch try await recorder.record(id, fields: try fields.json(), storeReference: reference, now: now) {
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
        case .duplicate, .ignored, .badSignature, .unreadable, .needsKey: return false
        }
    }
}
