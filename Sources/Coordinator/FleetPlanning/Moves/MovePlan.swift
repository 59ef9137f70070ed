import Model

/// Who moves where, and who cannot.
///
/// Every peer that was to move is in `moves` or in `unplaced`, or counted in `deferred`; never in two of them.
public struct MovePlan: Hashable, Sendable {
    /// In the order of the peers that were given.
    public let moves: [PlannedMove]
    public let unplaced: [UnplacedPeer]
    /// By region, how many places more would let everybody move.
    public let missingPlaces: [RegionName: Int]
    /// Peers with a place beyond the limit: they come in a later plan.
    public let deferred: Int
    /// The nodes that take peers, by region and id.
    public let targets: [TargetLoad]
}
