import DaemonRuntime
import FleetControl
import FleetPlanning
import Placement

extension CoordinatorSettings {
    var fleetPolicy: FleetPolicy {
        FleetPolicy(
            health: HealthPolicy(
                suspectAfter: self[Declared.suspectAfter],
                lostAfter: self[Declared.lostAfter],
                brakeRegion_permille: self[Declared.brakeRegion] * 10,
                brakeFleet_permille: self[Declared.brakeFleet] * 10
            ),
            placement: PlacementPolicy(reserve_permille: self[Declared.reserve] * 10),
            rollout: RolloutPolicy(timeout: self[Declared.rolloutTimeout], soak: self[Declared.rolloutSoak]),
            linger: self[Declared.linger],
            installPatience: self[Declared.installPatience],
            movesPerSecond: self[Declared.movesPerSecond],
            movesInFlightMax: max(1000, self[Declared.movesPerSecond] * 2)
        )
    }

    var capacityPolicy: CapacityPolicy {
        CapacityPolicy(
            target_permille: self[Declared.capacityTarget] * 10,
            scaleUpAbove_permille: self[Declared.scaleUpAbove] * 10,
            scaleDownBelow_permille: self[Declared.scaleDownBelow] * 10,
            cooldown: self[Declared.capacityCooldown],
            keepsHeadroom: self[Declared.capacityHeadroom],
            maxNodesAtOnce: self[Declared.nodesAtOnceMax],
            minNodes: self[Declared.nodesMin],
            nodeCapacity: self[Declared.nodeCapacity]
        )
    }

    /// What only makes sense together.
    func checkFleet() throws(SettingsError) {
        guard self[Declared.suspectAfter] <= self[Declared.lostAfter] else {
            throw all.wrong(Declared.lostAfter, expected: "at least fleet.suspect_after_s")
        }
        guard self[Declared.scaleDownBelow] < self[Declared.capacityTarget] else {
            throw all.wrong(Declared.scaleDownBelow, expected: "less than capacity.target_percent")
        }
        guard self[Declared.capacityTarget] < self[Declared.scaleUpAbove] else {
            throw all.wrong(Declared.scaleUpAbove, expected: "more than capacity.target_percent")
        }
    }
}
