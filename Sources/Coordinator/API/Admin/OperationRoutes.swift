import DaemonRuntime
import HTTPTypes
import Hummingbird
import Model
import Store

/// Operations: looking, waiting, cancelling.
enum OperationRoutes {
    /// How often one that is waited for is looked at.
    private static let interval: Duration = .milliseconds(250)
    private static let waitMax = 60

    static let routes: [AdminRoute] = [
        AdminRoute(
            method: .get,
            path: "operations",
            role: .viewer,
            name: "operation.list",
            summary: "Operations, the newest first.",
            query: [
                .init(name: "open", type: .boolean, text: "Leaves out what is over."),
                .init(name: "node", type: .string, text: "Leaves out those of other nodes."), .limit, .after,
            ],
            answers: [.init(status: .ok, schema: .page("operations", of: OperationResource.schema))],
            problems: [.unprocessableContent],
            handle: list
        ),
        AdminRoute(
            method: .get,
            path: "operations/{id}",
            role: .viewer,
            name: "operation.show",
            summary: "One operation; with `wait`, as soon as it is another one than `since`.",
            query: [
                .init(name: "wait", type: .integer, text: "Seconds to wait for a change: 0 to \(waitMax)."),
                .init(name: "since", type: .string, text: "The `version` that is known; the present one without it."),
            ],
            answers: [.init(status: .ok, schema: OperationResource.schema)],
            problems: [.notFound, .unprocessableContent],
            timeLimit: .seconds(waitMax + 15),
            handle: show
        ),
        AdminRoute(
            method: .post,
            path: "operations/{id}/cancel",
            role: .operator,
            name: "operation.cancel",
            summary: "Withdraws the moves that have not switched; what has switched stays where it is.",
            answers: [.init(status: .accepted, schema: OperationResource.schema, text: "It is being cancelled.")],
            problems: [.notFound, .conflict],
            handle: cancel
        ),
    ]

    @Sendable private static func list(_ call: AdminCall) async throws -> Response {
        let limit = try call.limit()
        let found = try await call.store.operations(
            openOnly: try call.flag("open"),
            node: call.query("node"),
            after: try call.queryIdentifier("after"),
            limit: limit + 1
        )
        return try call.json(Page("operations", found, limit: limit, mark: { "\($0.id)" }) { OperationResource($0) })
    }

    @Sendable private static func show(_ call: AdminCall) async throws -> Response {
        let id: OperationID = try call.identifier("id")
        let deadline = ContinuousClock.now + .seconds(try call.number("wait", in: 0...waitMax, default: 0))
        var resource = try await find(id, call)
        let known = call.query("since") ?? resource.version
        while resource.version == known, resource.ended_at == nil, ContinuousClock.now < deadline {
            try await Task.sleep(for: interval)
            resource = try await find(id, call)
        }
        var response = try call.json(resource)
        response.headers[.eTag] = "\"\(resource.version)\""
        return response
    }

    private static func find(_ id: OperationID, _ call: AdminCall) async throws -> OperationResource {
        guard let operation = try await call.store.operation(id) else { throw Problem.notFound }
        return OperationResource(operation)
    }

    @Sendable private static func cancel(_ call: AdminCall) async throws -> Response {
        let result = try await call.store.cancelOperation(
            try call.identifier("id"),
            by: call.actor,
            now: SystemClock.now()
        )
        return try call.json(OperationResource(try result.mapError { Problem($0) }.get()), status: .accepted)
    }
}
