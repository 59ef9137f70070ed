import FleetPlanning
import Placement

/// What an operator may decide about the fleet's work.
public struct FleetPolicy: Sendable {
    public var health: HealthPolicy
    public var placement: PlacementPolicy
    public var rollout: RolloutPolicy
    /// How long the old node keeps a peer that its owner has moved.
    public var linger: Duration
    /// How long a node that does not do its work keeps what it has not installed.
    public var installPatience: Duration
    /// The pace of an operation, in moves begun per second.
    public var movesPerSecond: Int
    /// How many moves of an operation may wait for their targets.
    public var movesInFlightMax: Int

    public init(
        health: HealthPolicy = HealthPolicy(),
        placement: PlacementPolicy = PlacementPolicy(),
        rollout: RolloutPolicy = RolloutPolicy(),
        linger: Duration = .seconds(86_400),
        installPatience: Duration = .seconds(30),
        movesPerSecond: Int = 2000,
        movesInFlightMax: Int = 4000
    ) {
        precondition(movesPerSecond > 0 && movesInFlightMax > 0, "an operation that begins no move never ends")
        self.health = health
        self.placement = placement
        self.rollout = rollout
        self.linger = linger
        self.installPatience = installPatience
        self.movesPerSecond = movesPerSecond
        self.movesInFlightMax = movesInFlightMax
    }
}
