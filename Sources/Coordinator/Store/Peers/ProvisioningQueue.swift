import Database
import Model
import Placement

/// Lets requests that come at the same time share a transaction, so that a node's row is locked, and the disk flushed,
/// once for many peers.
public struct ProvisioningQueue: Sendable {
    public typealias Answer = Result<Provisioned, ProvisioningRefusal>

    private struct Call: Sendable {
        let request: ProvisioningRequest
        let fleet: FleetView
    }

    private let calls: SharedCalls<Call, Answer>

    public init(store: Store, terms: ProvisioningTerms, clock: @escaping @Sendable () -> Timestamp) {
        // A repetition can be answered only once what it repeats is committed.
        calls = SharedCalls(limit: 64, keepsApart: { $0.request.idempotencyPlace }) { batch in
            // The last to come brought the newest view.
            guard let fleet = batch.last?.fleet else { return [] }
            return try await store.provision(batch.map(\.request), in: fleet, terms: terms, now: clock())
        }
    }

    /// - Parameter fleet: what placement chooses from.
    /// - Throws: `DatabaseError`.
    public func provision(_ request: ProvisioningRequest, in fleet: FleetView) async throws -> Answer {
        try await calls.call(Call(request: request, fleet: fleet))
    }
}
