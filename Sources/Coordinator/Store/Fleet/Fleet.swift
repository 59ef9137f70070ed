import Database
import Model
import Placement

extension Store {
    /// The fleet as placement sees it: every node that is not retired.
    ///
    /// - Parameter silenceLimit: a node that nobody has heard for longer takes no new peers.
    public func fleet(silenceLimit: Duration, now: Timestamp) async throws -> FleetView {
        let silence = FleetNode.Silence(limit: silenceLimit, now: now)
        return try await pool.query(Self.fleetNodes.with()) { rows in
            FleetView(nodes: try rows.map { row in try FleetNode(row, silence: silence) })
        }
    }

    private static let fleetNodes = Statement(
        "SELECT \(FleetNode.columns) FROM nodes WHERE retired_at IS NULL ORDER BY id"
    )
}
