import DaemonRuntime
import FleetPlanning
import HTTPTypes
import Hummingbird
import Model
import Store

/// Undoing what the audit log says: one entry, or a node's span of time.
enum RollbackRoutes {
    static let routes: [AdminRoute] = [
        AdminRoute(
            method: .post,
            path: "audit/rollback",
            role: .operator,
            name: "audit.rollback",
            summary: "Undoes one entry, or what was placed on a node and set of it in a span of time. What is undone"
                + " already, or what something later builds on, stays as it is, with the reason. A long one stops after"
                + " a minute; repeating it with `until` of the answer goes on.",
            body: Body.schema,
            answers: [.init(status: .ok, schema: Resource.schema)],
            problems: [.badRequest, .notFound, .contentTooLarge, .unsupportedMediaType, .unprocessableContent],
            timeLimit: .seconds(120),
            handle: rollBack
        )
    ]

    private struct Body: Decodable {
        let entry: Int64?
        let node: String?
        let since: String?
        let until: String?
        let dry_run: Bool?

        static let schema = ResourceSchema(
            name: "Rollback",
            fields: [
                .optional("entry", .integer, "The entry to undo."),
                .optional("node", .string, "Instead of `entry`: the node's name, with `since`."),
                .optional("since", .moment, "From when on."),
                .optional("until", .moment, "Until when; until now without it."),
                .optional("dry_run", .boolean, "Answers the plan, and changes nothing."),
            ]
        )
    }

    private struct Resource: Encodable {
        struct Refused: Encodable {
            let entry: Int64
            let action: String
            let reason: String

            static let schema = ResourceSchema(
                name: "RollbackRefused",
                fields: [
                    .required("entry", .integer, "That stays as it is."),
                    .required("action", .string, "What it did."),
                    .required("reason", .string, "Why it stays."),
                ]
            )
        }

        let dry_run: Bool
        let steps: Int
        let entries: Int
        /// Of the steps; 0 in a dry run.
        var done = 0
        var overtaken = 0
        /// Steps whose turn did not come.
        var left = 0
        let until: String?
        let refused: [Refused]
        let text: String

        init(_ rollback: Store.PlannedRollback, until: Timestamp?, isDryRun: Bool) {
            self.until = until.map(Self.exact)
            dry_run = isDryRun
            steps = rollback.plan.steps.count
            entries = rollback.plan.steps.reduce(0) { $0 + $1.entries.count }
            refused = rollback.plan.refused.map { refusal in
                Refused(
                    entry: refusal.entry.id,
                    action: refusal.entry.action,
                    reason: refusal.reason.description
                )
            }
            text = rollback.plan.text(names: rollback.names)
        }

        /// To the microsecond: an entry of the same second must not fall on the other side.
        private static func exact(_ moment: Timestamp) -> String {
            let (_, fraction) = moment.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
            let digits = String(abs(fraction))
            return "\(moment)".dropLast() + "." + String(repeating: "0", count: 6 - digits.count) + digits + "Z"
        }

        static let schema = ResourceSchema(
            name: "RollbackResult",
            fields: [
                .required("dry_run", .boolean, "Whether nothing was changed."),
                .required("steps", .integer, "What the plan does."),
                .required("entries", .integer, "What it undoes."),
                .required("done", .integer, "Steps that were carried out; a move back is begun with that."),
                .required("overtaken", .integer, "Steps that did not apply any more when their turn came."),
                .required("left", .integer, "Steps that there was no time for: repeat the request with `until`."),
                .optional(
                    "until",
                    .moment,
                    "Of a span: up to when entries were looked at. What is undone has later ones."
                ),
                .required("refused", .list(.object(Refused.schema)), "What stays as it is."),
                .required("text", .string, "The plan for people."),
            ]
        )
    }

    @Sendable private static func rollBack(_ call: AdminCall) async throws -> Response {
        let body = try await call.body(Body.self)
        let scope = try scope(body)
        guard let rollback = try await call.store.planRollback(scope) else {
            throw Problem(
                .notFound,
                "nothing-to-undo",
                title: "No such entry, or none in that span, or more than \(Store.rollbackMax)",
                detail: "GET /admin/v1/audit lists them."
            )
        }
        var until: Timestamp?
        if case .node(_, _, let end) = scope { until = end }
        var resource = Resource(rollback, until: until, isDryRun: body.dry_run ?? false)
        guard body.dry_run != true else { return try call.json(resource) }
        let deadline = ContinuousClock.now + call.services.rollbackLimit
        for (index, step) in rollback.plan.steps.enumerated() {
            let outcome = try await call.store.carryOut(step, of: rollback, by: call.actor, now: SystemClock.now())
            switch outcome {
            case .done(let nodes):
                resource.done += 1
                for node in nodes { call.services.changeFeed.nodeChanged(node) }
            case .overtaken: resource.overtaken += 1
            }
            resource.left = rollback.plan.steps.count - index - 1
            guard ContinuousClock.now < deadline else { break }
        }
        return try call.json(resource)
    }

    private static func scope(_ body: Body) throws -> RollbackScope {
        if let entry = body.entry {
            guard body.node == nil, body.since == nil, body.until == nil else {
                throw Problem.malformedField("entry", "Give 'entry', or 'node' and 'since', not both.")
            }
            return .entry(entry)
        }
        guard let node = body.node else { throw Problem.malformedField("node", "Give 'entry', or 'node' and 'since'.") }
        try AdminCall.checkText(node, of: "node")
        guard let since = body.since.flatMap({ Timestamp($0) }) else {
            throw Problem.malformedField("since", "It must be a moment in UTC such as 2026-01-31T12:00:00Z.")
        }
        // Without an end the rollback's own entries would be within the span of its repetition, and undone by it.
        var until = SystemClock.now()
        if let text = body.until {
            guard let moment = Timestamp(text) else {
                throw Problem.malformedField("until", "It must be a moment in UTC such as 2026-01-31T12:00:00Z.")
            }
            until = moment
        }
        return .node(named: node, since: since, until: until)
    }
}
