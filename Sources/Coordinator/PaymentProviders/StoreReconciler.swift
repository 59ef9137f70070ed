import Billing
import Model
import Store

/// Asks a store what it holds, now and then, so that what its events did not say comes out all the same. Nothing here
/// rests on events, and nothing is remembered between two calls: any of them may be made again, and at any time.
public protocol StoreReconciler: Sendable {
    var provider: PaymentProvider { get }

    /// Asks the store for one subscription's own state, and applies the answer as an event's: under the same locks, by
    /// the same rules.
    ///
    /// - Parameter reference: of `provider` and of the environment that is served here.
    /// - Throws: when there is no answer, or it could not be written: nothing was changed then.
    func refresh(_ reference: StoreReference) async throws(ReconciliationFailure) -> RefreshOutcome

    /// Reads the store's own list of what did not get through (failed deliveries, voided purchases) into the inbox, from
    /// where the worker takes it as it takes what was delivered.
    ///
    /// - Parameter since: how far back; a store that keeps its list for less is asked for as much as it keeps.
    /// - Returns: how many events were new.
    /// - Throws: when the list could not be read to its end; what was read stays recorded.
    @discardableResult
    func recoverMissed(since: Timestamp) async throws(ReconciliationFailure) -> Int
}
