import FleetPlanning
import Model
import Store

/// What the controllers read and write: the database in service, a model of it where a whole fleet is simulated.
///
/// Every write re-checks what it builds on, and does nothing where that has changed; so a round that was interrupted is
/// simply begun anew.
public protocol FleetRecords: Sendable {
    func fleetInventory(silenceLimit: Duration?, now: Timestamp) async throws -> FleetInventory
    func recordHealth(_ changes: [HealthChange], lease: FleetLease?, now: Timestamp) async throws
    func recordTroubles(_ notices: [TroubleNotice], lease: FleetLease?, now: Timestamp) async throws
    func recordMassFailure(_ brake: MassFailure?, lease: FleetLease?, now: Timestamp) async throws

    func peersToMove(from node: NodeID, limit: Int) async throws -> [PeerToMove]
    func beginMoves(
        _ moves: [PlannedMove],
        of operation: OperationID?,
        lease: FleetLease?,
        now: Timestamp
    ) async throws -> [BegunMove]
    func switchMoves(
        of peers: [PeerID]?,
        linger: Duration,
        limit: Int,
        lease: FleetLease?,
        now: Timestamp
    ) async throws -> [SwitchedMove]
    func withdrawMoves(
        stuck: StuckNodes,
        limit: Int,
        lease: FleetLease?,
        now: Timestamp
    ) async throws -> [WithdrawnMove]
    func stuckPeers(_ stuck: StuckNodes, limit: Int) async throws -> [PeerToMove]
    func placeElsewhere(
        _ moves: [PlannedMove],
        reason: String,
        lease: FleetLease?,
        now: Timestamp
    ) async throws -> [BegunMove]
    func endLingering(limit: Int, lease: FleetLease?, now: Timestamp) async throws -> [NodeID]
    func forgetLetGo(lease: FleetLease?) async throws -> Int
    func recordProgress(_ progress: OperationProgress, lease: FleetLease?, now: Timestamp) async throws
}

extension Store: FleetRecords {}
