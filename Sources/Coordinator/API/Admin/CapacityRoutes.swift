import DaemonRuntime
import HTTPTypes
import Hummingbird
import Model
import Store

/// Nodes that regions ask of the provider.
enum CapacityRoutes {
    static let routes: [AdminRoute] = [
        AdminRoute(
            method: .get,
            path: "capacity",
            role: .viewer,
            name: "capacity.list",
            summary: "What the regions ask of the provider, the newest first.",
            query: [.init(name: "open", type: .boolean, text: "Leaves out what is over."), .limit, .after],
            answers: [.init(status: .ok, schema: .page("requests", of: Resource.schema))],
            problems: [.unprocessableContent],
            handle: list
        ),
        AdminRoute(
            method: .post,
            path: "capacity/{id}/dismiss",
            role: .operator,
            name: "capacity.dismiss",
            summary: "Ends a request: the provider is not asked again.",
            answers: [.init(status: .ok, schema: Resource.schema)],
            problems: [.notFound, .conflict],
            handle: dismiss
        ),
    ]

    private struct Resource: Encodable {
        let id: String
        let region: String
        let state: String
        let reason: String
        let node: String?
        let attempts: Int
        let last_error: String?
        let provider_reference: String?
        let created_by: String
        let created_at: String
        let expires_at: String
        let ended_at: String?

        init(_ request: CapacityRequestRecord) {
            id = "\(request.id)"
            region = request.region
            state = request.state
            reason = request.reason
            node = request.nodeName
            attempts = request.attempts
            last_error = request.lastError
            provider_reference = request.providerReference
            created_by = request.createdBy
            created_at = "\(request.createdAt)"
            expires_at = "\(request.expiresAt)"
            ended_at = request.endedAt.map { "\($0)" }
        }

        static let schema = ResourceSchema(
            name: "CapacityRequest",
            fields: [
                .required("id", .identifier, "Of the request."),
                .required("region", .string, "That needs a node."),
                .required(
                    "state",
                    .oneOf(["proposed", "asking", "accepted", "enrolled", "expired", "dismissed"]),
                    "How far it is."
                ),
                .required("reason", .string, "Why the region needs a node."),
                .optional("node", .string, "The node that came of it."),
                .required("attempts", .integer, "How often the provider was asked."),
                .optional("last_error", .string, "What the provider said when it failed."),
                .optional("provider_reference", .string, "The provider's own name for the machine."),
                .required("created_by", .string, "Who asked."),
                .required("created_at", .moment, "When."),
                .required("expires_at", .moment, "Until when a node is waited for."),
                .optional("ended_at", .moment, "When it was over."),
            ]
        )
    }

    @Sendable private static func list(_ call: AdminCall) async throws -> Response {
        let limit = try call.limit()
        let found = try await call.store.capacityRequests(
            openOnly: try call.flag("open"),
            after: try call.queryIdentifier("after"),
            limit: limit + 1
        )
        return try call.json(Page("requests", found, limit: limit, mark: { "\($0.id)" }) { Resource($0) })
    }

    @Sendable private static func dismiss(_ call: AdminCall) async throws -> Response {
        let dismissal = try await call.store.dismissCapacityRequest(
            try call.identifier("id"),
            by: call.actor,
            now: SystemClock.now()
        )
        switch dismissal {
        case .dismissed(let request): return try call.json(Resource(request))
        case .isOver("enrolled"):
            throw Problem.conflict(
                "capacity-over",
                "The request is over: its node has enrolled",
                "Drain the node with `then_retire` to be rid of it."
            )
        case .isOver(let state): throw Problem.conflict("capacity-over", "The request is over: \(state)")
        case .unknown: throw Problem.notFound
        }
    }
}
