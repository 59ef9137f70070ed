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
        /// Whether its servers reach the internet over IPv6: all that take peers, or all where none does.
        let ipv6: Bool

        init(_ name: RegionName, _ nodes: [FleetNode]) {
            let taking = nodes.filter { $0.isOpen && $0.peerCount < $0.capacity }
            self.name = name.text
            available = !taking.isEmpty
            ipv6 = (taking.isEmpty ? nodes : taking).allSatisfy(\.offersIPv6)
        }
    }

    @Sendable private func list(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let view = try await fleet.view(fresh: false)
        let regions = Dictionary(grouping: view.nodes, by: \.region).sorted { $0.key < $1.key }
        return try JSONResponse.make(["regions": regions.map { Region($0.key, $0.value) }])
    }
}
