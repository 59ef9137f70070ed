import DaemonRuntime
import Model
import Store

extension Store {
    /// A test purchase that was one too many was not written.
    func checkTestPurchase(_ id: SubscriptionID, logger: QuietLogger) async throws(ProofRefusal) {
        let record: SubscriptionRecord?
        do {
            record = try await subscription(id)
        } catch {
            throw .unavailable
        }
        guard record == nil else { return }
        logger.warning("refused a test purchase: as many have access as test_purchases.at_once_max says")
        throw .testPurchasesFull
    }
}
