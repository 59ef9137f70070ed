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
            movesPerSecond: self[Declared.movesPerSecond],
            movesInFlightMax: max(1000, self[Declared.movesPerSecond] * 2)
        )
    }
}
