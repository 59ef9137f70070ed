import HTTPTypes
import Hummingbird
import Model
import Placement
import Store

/// Regions, and the look-up of a single peer.
enum FleetOverview {
    static let routes: [AdminRoute] = [
        AdminRoute(
            method: .get,
            path: "regions",
            role: .viewer,
            name: "region.list",
            summary: "The regions, each with its nodes taken together.",
            answers: [
                .init(
                    status: .ok,
                    schema: ResourceSchema(
                        name: "Regions",
                        fields: [.required("regions", .list(.object(RegionResource.schema)), "By name.")]
                    )
                )
            ],
            handle: { call in
                try call.json(["regions": try await call.store.regions().map { RegionResource($0) }])
            }
        ),
        AdminRoute(
            method: .get,
            path: "peers/{id}",
            role: .support,
            name: "peer.show",
            summary: "How a peer stands.",
            answers: [.init(status: .ok, schema: SupportPeerResource.schema)],
            problems: [.notFound],
            handle: { call in try await show(.id(try call.identifier("id")), call) }
        ),
        AdminRoute(
            method: .get,
            path: "peers",
            role: .support,
            name: "peer.find",
            summary: "The peer with a public key.",
            query: [.init(name: "public_key", type: .string, text: "In base64, percent-encoded.")],
            answers: [.init(status: .ok, schema: SupportPeerResource.schema)],
            problems: [.notFound, .unprocessableContent],
            handle: find
        ),
    ]

    private struct RegionResource: Encodable {
        let name: String
        let nodes: Int
        let healthy: Int
        let schedulable: Int
        let capacity: Int
        let schedulable_capacity: Int
        let peers: Int
        let utilisation: Double
        let closed: [String: Int]

        init(_ region: RegionRecord) {
            name = region.name
            nodes = region.nodeCount
            healthy = region.healthyCount
            schedulable = region.schedulableCount
            capacity = region.capacity
            schedulable_capacity = region.schedulableCapacity
            peers = region.peerCount
            utilisation = Double(region.utilisation_permille) / 1000
            closed = Dictionary(uniqueKeysWithValues: region.closed.map { ($0.key.rawValue, $0.value) })
        }

        static let schema = ResourceSchema(
            name: "Region",
            fields: [
                .required("name", .string, "Of the region."),
                .required("nodes", .integer, "Nodes that are not retired."),
                .required("healthy", .integer, "Nodes that are alive and were heard since they enrolled."),
                .required("schedulable", .integer, "Nodes that take new peers."),
                .required("capacity", .integer, "Peers that all nodes may hold."),
                .required("schedulable_capacity", .integer, "Peers that the nodes which take new ones may hold."),
                .required("peers", .integer, "Peers that the nodes hold."),
                .required("utilisation", .number, "Peers to capacity, 0 to 1."),
                .required("closed", .map(.integer), "Nodes that take no new peers, by the first reason that holds."),
            ]
        )
    }

    private struct SupportPeerResource: Encodable {
        let id: String
        let state: String
        let region: String
        let node: String?
        let moving: Bool
        let created_at: String

        init(_ peer: SupportPeerRecord) {
            id = "\(peer.id)"
            state = peer.state.rawValue
            region = peer.region
            node = peer.nodeName
            moving = peer.isMoving
            created_at = "\(peer.createdAt)"
        }

        static let schema = ResourceSchema(
            name: "Peer",
            fields: [
                .required("id", .identifier, "Of the peer."),
                .required("state", .string, "How it stands."),
                .required("region", .string, "Where it belongs."),
                .optional("node", .string, "Its node's name; absent while it has none."),
                .required("moving", .boolean, "Whether it is on its way to another node."),
                .required("created_at", .moment, "When it was provisioned."),
            ]
        )
    }

    @Sendable private static func find(_ call: AdminCall) async throws -> Response {
        guard let text = call.query("public_key"), let key = try? PublicKey(base64: text) else {
            throw Problem.malformedField("public_key", "It must be 44 characters of standard base64, percent-encoded.")
        }
        return try await show(.publicKey(key), call)
    }

    private static func show(_ key: Store.SupportKey, _ call: AdminCall) async throws -> Response {
        guard let peer = try await call.store.supportPeer(key) else { throw Problem.notFound }
        return try call.json(SupportPeerResource(peer))
    }
}
