import DaemonRuntime
import Model
import Placement
import Store

/// A view of the fleet that is at most half a second old, so that placement costs no query of its own.
///
/// A stale view does no harm: capacity is checked again where the peer is committed.
public actor FleetCache {
    private let store: Store
    /// A node unheard for longer takes no new peers.
    private let silenceLimit: Duration
    private let ageLimit: Duration = .milliseconds(500)
    private var cached: (view: FleetView, at: ContinuousClock.Instant)?

    public init(store: Store, silenceLimit: Duration) {
        self.store = store
        self.silenceLimit = silenceLimit
    }

    func view(fresh: Bool) async throws -> FleetView {
        if !fresh, let cached, cached.at.duration(to: .now) < ageLimit { return cached.view }
        let startedAt = ContinuousClock.now
        let view = try await store.fleet(silenceLimit: silenceLimit, now: SystemClock.now())
        cached = (view, startedAt)
        return view
    }

    /// Counts a new peer at once, or all that come within half a second would go to the node that was emptiest.
    func placed(on node: NodeID) {
        cached?.view.addPeer(to: node)
    }
}
