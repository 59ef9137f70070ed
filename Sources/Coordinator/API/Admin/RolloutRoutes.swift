import DaemonRuntime
import FleetPlanning
import HTTPTypes
import Hummingbird
import Model
import Store

/// Rollouts: coordinated updates of the agents' version.
enum RolloutRoutes {
    private static let changed = AdminRoute.Answer(status: .ok, schema: RolloutResource.schema)

    static let routes: [AdminRoute] = [
        AdminRoute(
            method: .get,
            path: "rollouts",
            role: .viewer,
            name: "rollout.list",
            summary: "Rollouts, the newest first.",
            query: [.limit, .after],
            answers: [.init(status: .ok, schema: .page("rollouts", of: RolloutResource.schema))],
            problems: [.unprocessableContent],
            handle: list
        ),
        AdminRoute(
            method: .post,
            path: "rollouts",
            role: .operator,
            name: "rollout.start",
            summary: "Begins a rollout. Asking again for the one that runs gives that one.",
            body: StartBody.schema,
            answers: [.init(status: .created, schema: RolloutResource.schema)],
            problems: [.badRequest, .conflict, .contentTooLarge, .unsupportedMediaType, .unprocessableContent],
            handle: start
        ),
        AdminRoute(
            method: .get,
            path: "rollouts/{id}",
            role: .viewer,
            name: "rollout.show",
            summary: "One rollout with its nodes.",
            answers: [
                .init(status: .ok, schema: RolloutResource.detailed),
                .init(status: .notModified, schema: nil, text: "It is as `If-None-Match` says."),
            ],
            problems: [.notFound],
            handle: show
        ),
        change("halt", "Stops where it is: no further node is told the version.") { call, id, now in
            try await call.store.haltRollout(id, reason: "halted by \(call.caller.name)", by: call.actor, now: now)
        },
        change("resume", "Goes on with the wave where it stopped.") { call, id, now in
            try await call.store.resumeRollout(id, by: call.actor, now: now)
        },
        change("rollback", "Gives every node the version that it ran before, at once.") { call, id, now in
            try await call.store.rollBackRollout(id, by: call.actor, now: now)
        },
    ]

    private static func change(
        _ verb: String,
        _ summary: String,
        _ body:
            @escaping @Sendable (AdminCall, RolloutID, Timestamp) async throws -> Result<RolloutRecord, RolloutRefusal>
    ) -> AdminRoute {
        AdminRoute(
            method: .post,
            path: "rollouts/{id}/\(verb)",
            role: .operator,
            name: "rollout.\(verb)",
            summary: summary,
            answers: [changed],
            problems: [.notFound, .conflict],
            handle: { call in
                let result = try await body(call, try call.identifier("id"), SystemClock.now())
                return try call.json(RolloutResource(try result.mapError { Problem($0) }.get()))
            }
        )
    }

    private struct StartBody: Decodable {
        let version: String
        let waves: [String]?
        let replace: Bool?

        static let schema = ResourceSchema(
            name: "RolloutStart",
            fields: [
                .required("version", .string, "Of the agent's package, such as 1.4.0."),
                .optional(
                    "waves",
                    .list(.string),
                    "Counts of nodes or shares of the fleet: 1, 10%, 50%, 100% without it."
                ),
                .optional(
                    "replace",
                    .boolean,
                    "Ends the rollout that is under way; its nodes keep what they were told."
                ),
            ]
        )
    }

    @Sendable private static func start(_ call: AdminCall) async throws -> Response {
        let body = try await call.body(StartBody.self)
        let waves: RolloutWaves
        do {
            waves = try RolloutWaves(texts: body.waves ?? ["1", "10%", "50%", "100%"])
        } catch {
            throw Problem.malformedField("waves", "\(error).")
        }
        guard isVersion(body.version) else {
            throw Problem.malformedField("version", "It must be a Debian package's version, such as 1.4.0.")
        }
        let result = try await call.store.startRollout(
            of: body.version,
            waves: waves.texts,
            replacing: body.replace ?? false,
            by: call.actor,
            now: SystemClock.now()
        )
        let rollout = RolloutResource(try result.mapError { Problem($0) }.get())
        var response = try call.json(rollout, status: .created)
        response.headers[.location] = "/admin/v1/rollouts/\(rollout.id)"
        return response
    }

    /// deb-version(7) without an epoch; the agent checks it again before it gives it to a program of root's.
    private static func isVersion(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first, (48...57).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (97...122).contains(byte | 0x20) || [0x2b, 0x2d, 0x2e, 0x7e].contains(byte)
        }
    }

    @Sendable private static func list(_ call: AdminCall) async throws -> Response {
        let limit = try call.limit()
        let found = try await call.store.rollouts(after: try call.queryIdentifier("after"), limit: limit + 1)
        return try call.json(Page("rollouts", found, limit: limit, mark: { "\($0.id)" }) { RolloutResource($0) })
    }

    @Sendable private static func show(_ call: AdminCall) async throws -> Response {
        guard let (rollout, nodes) = try await call.store.rollout(try call.identifier("id")) else {
            throw Problem.notFound
        }
        return try call.tagged(RolloutResource(rollout, nodes: nodes))
    }
}
