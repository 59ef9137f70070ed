import HTTPTypes
import Hummingbird
import Model
import Placement

/// `GET /v1/regions`: where a peer can be placed.
struct RegionRoutes: Sendable {
    let fleet: FleetCache

    func add(to group: RouterGroup<CustomerContext>) {
        group.get("regions", use: list)
    }

    private struct Region: Encodable {
        let name: String
        let available: Bool
    }

    @Sendable private func list(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let view = try await fleet.view(fresh: false)
        var available: [RegionName: Bool] = [:]
        for node in view.nodes {
            let takesPeers = node.isHealthy && !node.isCordoned && node.peerCount < node.capacity
            available[node.region, default: false] = available[node.region, default: false] || takesPeers
        }
        let regions = available.sorted { $0.key < $1.key }.map { Region(name: $0.key.text, available: $0.value) }
        return try JSONResponse.make(["regions": regions])
    }
}
