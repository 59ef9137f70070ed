import Synchronization

/// What the last look at the fleet came to, for those who decide by it at their own pace.
final class FleetSight: Sendable {
    private let look = Mutex<FleetRound.Outcome?>(nil)

    /// Nil before the first one.
    var lastLook: FleetRound.Outcome? { look.withLock { $0 } }

    func note(_ outcome: FleetRound.Outcome) {
        look.withLock { $0 = outcome }
    }
}
