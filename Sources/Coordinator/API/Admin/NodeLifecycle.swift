import DaemonRuntime
import FleetPlanning
import HTTPTypes
import Hummingbird
import Model
import Store

/// Nodes: emptying them, and taking them out of the fleet.
enum NodeLifecycle {
    static let routes: [AdminRoute] = [
        AdminRoute(
            method: .post,
            path: "nodes/{name}/drain",
            role: .operator,
            name: "node.drain",
            summary:
                "Moves every peer away, make-before-break. Asking again gives the drain that runs, with what is asked for now.",
            body: DrainBody.schema,
            answers: [
                .init(status: .accepted, schema: OperationResource.schema, text: "The drain, to be watched."),
                .init(status: .ok, schema: PlanResource.schema, text: "With `dry_run`: what a drain would do."),
            ],
            problems: [
                .badRequest, .notFound, .conflict, .contentTooLarge, .unsupportedMediaType, .unprocessableContent,
            ],
            timeLimit: .seconds(60),
            handle: drain
        ),
        AdminRoute(
            method: .post,
            path: "nodes/{name}/retire",
            role: .operator,
            name: "node.retire",
            summary: "Takes a node out of the fleet for good; its certificate is refused from then on.",
            body: RetireBody.schema,
            answers: [.init(status: .noContent, schema: nil, text: "It is retired.")],
            problems: [
                .badRequest, .notFound, .conflict, .contentTooLarge, .unsupportedMediaType, .unprocessableContent,
            ],
            handle: retire
        ),
    ]

    private struct DrainBody: Decodable {
        let linger_s: Int?
        let deadline: String?
        let then_retire: Bool?
        let dry_run: Bool?

        static let schema = ResourceSchema(
            name: "Drain",
            fields: [
                .optional("linger_s", .integer, "How long the node keeps a moved peer, in seconds; 30 days at most."),
                .optional("deadline", .moment, "Instead of `linger_s`: until when."),
                .optional("then_retire", .boolean, "Whether the node is retired once it is empty."),
                .optional("dry_run", .boolean, "Answers the plan, and changes nothing."),
            ]
        )
    }

    @Sendable private static func drain(_ call: AdminCall) async throws -> Response {
        let body = try await call.body(DrainBody.self)
        let now = SystemClock.now()
        let linger = try linger(body, call, now: now)
        if body.dry_run == true { return try call.json(try await plan(call)) }
        let result = try await call.store.startDrain(
            ofNodeNamed: call.parameter("name"),
            linger: linger,
            usualLinger: call.services.linger,
            thenRetire: body.then_retire,
            by: call.actor,
            now: now
        )
        let operation = OperationResource(try result.mapError { Problem($0) }.get())
        var response = try call.json(operation, status: .accepted)
        response.headers[.location] = "/admin/v1/operations/\(operation.id)"
        return response
    }

    private static func linger(_ body: DrainBody, _ call: AdminCall, now: Timestamp) throws -> Duration? {
        let limit = 30 * 86_400
        if let seconds = body.linger_s {
            guard body.deadline == nil else {
                throw Problem.malformedField("deadline", "Give 'linger_s' or 'deadline', not both.")
            }
            guard (0...limit).contains(seconds) else {
                throw Problem.malformedField("linger_s", "It must be a number of seconds from 0 to \(limit).")
            }
            return .seconds(seconds)
        }
        guard let text = body.deadline else { return nil }
        guard let deadline = Timestamp(text), deadline > now, deadline - now <= .seconds(limit) else {
            throw Problem.malformedField(
                "deadline",
                "It must be a moment within the next 30 days, in UTC, such as 2026-01-31T12:00:00Z."
            )
        }
        return .seconds((deadline - now).components.seconds)
    }

    /// What the controllers would decide now, by the same planner.
    private static func plan(_ call: AdminCall) async throws -> PlanResource {
        let node = try await NodeAdministration.find(call)
        let inventory = try await call.store.fleetInventory(silenceLimit: nil, now: SystemClock.now())
        let peers = try await call.store.peersToMove(from: node.id, limit: Int(Int32.max))
        let plan = planMoves(of: peers, in: inventory.fleet, policy: call.services.placement)
        let names = Dictionary(inventory.nodes.map { ($0.observed.id, $0.name) }) { first, _ in first }
        return PlanResource(plan, names: names)
    }

    private struct RetireBody: Decodable {
        let force: Bool?

        static let schema = ResourceSchema(
            name: "Retirement",
            fields: [
                .optional("force", .boolean, "Also a node with peers: they are placed elsewhere, without a transition.")
            ]
        )
    }

    @Sendable private static func retire(_ call: AdminCall) async throws -> Response {
        let body = try await call.body(RetireBody.self)
        let change = try await call.store.retireNode(
            named: call.parameter("name"),
            force: body.force ?? false,
            by: call.actor,
            now: SystemClock.now()
        )
        try NodeAdministration.check(change, call)
        return Response(status: .noContent)
    }
}
