import DaemonRuntime
import HTTPTypes
import Hummingbird
import Model
import Store

/// Nodes: looking, editing, keeping new peers away.
enum NodeAdministration {
    static let routes: [AdminRoute] = [
        AdminRoute(
            method: .get,
            path: "nodes",
            role: .viewer,
            name: "node.list",
            summary: "The nodes that are not retired, by region and name.",
            query: [
                .init(name: "region", type: .string, text: "Leaves out all other regions."), .limit, .after,
            ],
            answers: [.init(status: .ok, schema: .page("nodes", of: NodeResource.schema))],
            problems: [.unprocessableContent],
            handle: list
        ),
        AdminRoute(
            method: .get,
            path: "nodes/{name}",
            role: .viewer,
            name: "node.show",
            summary: "One node.",
            answers: [
                .init(status: .ok, schema: NodeResource.schema),
                .init(status: .notModified, schema: nil, text: "It is as `If-None-Match` says."),
            ],
            problems: [.notFound],
            handle: { call in try call.tagged(NodeResource(try await find(call))) }
        ),
        AdminRoute(
            method: .patch,
            path: "nodes/{name}",
            role: .operator,
            name: "node.edit",
            summary: "Changes capacity and labels; what is left out stays as it is.",
            body: EditBody.schema,
            answers: [.init(status: .ok, schema: NodeResource.schema)],
            problems: [.badRequest, .notFound, .contentTooLarge, .unsupportedMediaType, .unprocessableContent],
            handle: edit
        ),
        AdminRoute(
            method: .post,
            path: "nodes/{name}/cordon",
            role: .operator,
            name: "node.cordon",
            summary: "Keeps new peers away; its peers stay.",
            answers: [.init(status: .ok, schema: NodeResource.schema)],
            problems: [.notFound],
            handle: { call in try await setCordon(true, call) }
        ),
        AdminRoute(
            method: .post,
            path: "nodes/{name}/uncordon",
            role: .operator,
            name: "node.uncordon",
            summary: "Lets new peers come again.",
            answers: [.init(status: .ok, schema: NodeResource.schema)],
            problems: [.notFound, .conflict],
            handle: { call in try await setCordon(false, call) }
        ),
        AdminRoute(
            method: .post,
            path: "nodes/{name}/accept",
            role: .operator,
            name: "node.accept",
            summary: "Agrees to the endpoint that the node states, and to the machine that it runs on.",
            answers: [.init(status: .ok, schema: NodeResource.schema)],
            problems: [.notFound],
            handle: accept
        ),
    ]

    static func find(_ call: AdminCall) async throws -> NodeRecord {
        let name = call.parameter("name")
        guard let node = try await call.store.node(named: name) else { throw Problem.unknownNode(name) }
        return node
    }

    /// - Throws: the problem that a refused change is.
    static func check(_ change: NodeChange, _ call: AdminCall) throws {
        switch change {
        case .changed, .unchanged: break
        case .unknownNode: throw Problem.unknownNode(call.parameter("name"))
        case .hasPeers(let count): throw Problem.nodeHasPeers(count)
        case .isBeingDrained(let operation): throw Problem.beingDrained(operation)
        }
    }

    @Sendable private static func list(_ call: AdminCall) async throws -> Response {
        let limit = try call.limit()
        let found = try await call.store.nodes(
            region: call.query("region"),
            after: call.query("after"),
            limit: limit + 1
        )
        return try call.json(Page("nodes", found, limit: limit, mark: \.name) { NodeResource($0) })
    }

    private static func setCordon(_ isCordoned: Bool, _ call: AdminCall) async throws -> Response {
        let change = try await call.store.setCordon(
            isCordoned,
            ofNodeNamed: call.parameter("name"),
            by: call.actor,
            now: SystemClock.now()
        )
        try check(change, call)
        return try call.json(NodeResource(try await find(call)))
    }

    @Sendable private static func accept(_ call: AdminCall) async throws -> Response {
        let change = try await call.store.acceptNode(
            named: call.parameter("name"),
            by: call.actor,
            now: SystemClock.now()
        )
        try check(change, call)
        return try call.json(NodeResource(try await find(call)))
    }

    private struct EditBody: Decodable {
        let capacity: Int?
        let labels: [String: String?]?

        static let schema = ResourceSchema(
            name: "NodeEdit",
            fields: [
                .optional("capacity", .integer, "0 to 1,000,000. Below what the node holds, it takes no more for now."),
                .optional("labels", .map(.string), "New values by key; null removes a label. 32 labels at most."),
            ]
        )
    }

    @Sendable private static func edit(_ call: AdminCall) async throws -> Response {
        let body = try await call.body(EditBody.self)
        if let capacity = body.capacity, !(0...1_000_000).contains(capacity) {
            throw Problem.malformedField("capacity", "It must be a number from 0 to 1,000,000.")
        }
        let labels = body.labels ?? [:]
        try checkLabels(labels)
        let change = try await call.store.editNode(
            named: call.parameter("name"),
            NodeEdit(capacity: body.capacity, labels: labels),
            by: call.actor,
            now: SystemClock.now()
        )
        try check(change, call)
        return try call.json(NodeResource(try await find(call)))
    }

    private static func checkLabels(_ labels: [String: String?]) throws {
        guard labels.count <= 32 else { throw Problem.malformedField("labels", "There are more than 32.") }
        for (key, value) in labels {
            // What is there already, by an older rule, can be removed.
            guard value == nil || NodeLabel.isKey(key) else {
                throw Problem.malformedField("labels", "A key is \(NodeLabel.keySyntax).")
            }
            guard NodeLabel.isValue(value ?? "") else {
                throw Problem.malformedField("labels", "A value is \(NodeLabel.valueSyntax).")
            }
        }
    }
}
