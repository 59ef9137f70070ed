import Cryptography
import HTTPTypes
import Hummingbird
import Model
import Store

/// The audit log: reading it, and walking its chain.
enum AuditRoutes {
    static let routes: [AdminRoute] =
        [
            AdminRoute(
                method: .get,
                path: "audit",
                role: .viewer,
                name: "audit.list",
                summary: "What changed and who asked, the newest first.",
                query: [
                    .init(name: "node", type: .string, text: "About this node."),
                    .init(name: "peer", type: .identifier, text: "About this peer."),
                    .init(name: "action", type: .string, text: "This action, such as node.cordoned."),
                    .init(name: "actor", type: .string, text: "By this kind (system, customer, …) or this operator."),
                    .init(name: "since", type: .moment, text: "Not before."),
                    .init(name: "until", type: .moment, text: "Before."), .limit, .after,
                ],
                answers: [.init(status: .ok, schema: .page("entries", of: AuditResource.schema))],
                problems: [.unprocessableContent],
                handle: list
            ),
            AdminRoute(
                method: .get,
                path: "audit/verify",
                role: .viewer,
                name: "audit.verify",
                summary: "Walks the whole chain, and says where it first does not hold.",
                query: [
                    .init(name: "position", type: .integer, text: "With `head`: a position that was noted down."),
                    .init(name: "head", type: .string, text: "The head of that position, in hexadecimal."),
                ],
                answers: [.init(status: .ok, schema: Verification.schema)],
                problems: [.unprocessableContent],
                timeLimit: .seconds(600),
                handle: verify
            ),
        ] + RollbackRoutes.routes

    @Sendable private static func list(_ call: AdminCall) async throws -> Response {
        let limit = try call.limit()
        var filter = AuditFilter()
        filter.node = call.query("node")
        filter.peer = try call.queryIdentifier("peer")
        filter.action = call.query("action")
        filter.actor = call.query("actor")
        filter.since = try call.moment("since")
        filter.until = try call.moment("until")
        if let after = call.query("after") {
            guard let id = Int64(after) else { throw Problem.malformedField("after", "It must be an entry's id.") }
            filter.before = id
        }
        let found = try await call.store.audit(filter, limit: limit + 1)
        return try call.json(Page("entries", found, limit: limit, mark: { "\($0.id)" }) { AuditResource($0) })
    }

    private struct Verification: Encodable {
        struct Broken: Encodable {
            let position: Int64
            let entry: Int64?
            let reason: String

            static let schema = ResourceSchema(
                name: "AuditBreak",
                fields: [
                    .required("position", .integer, "The first place that does not hold."),
                    .optional("entry", .integer, "The entry there."),
                    .required("reason", .string, "What is wrong with it."),
                ]
            )
        }

        let intact: Bool
        let verified: Int64
        let unsealed: Int64
        let head: String
        let broken: Broken?
        let anchor: String
        let anchored: Int64?
        let anchor_fault: String?

        init(_ verification: AuditVerification) {
            intact = verification.isIntact
            verified = verification.verified
            unsealed = verification.unsealed
            head = Hexadecimal.encode(verification.head)
            broken = verification.broken.map {
                Broken(position: $0.position, entry: $0.entry, reason: $0.reason.text)
            }
            anchor = verification.anchoring.name
            anchor_fault = verification.anchoring.fault
            if case .held(let position, _) = verification.anchoring { anchored = position } else { anchored = nil }
        }

        static let schema = ResourceSchema(
            name: "AuditVerification",
            fields: [
                .required("intact", .boolean, "Whether the whole chain holds and its end is vouched for."),
                .required("verified", .integer, "How many positions hold, from the first on."),
                .required("unsealed", .integer, "Entries that wait to be sealed."),
                .required("head", .string, "The hash at the last position that holds."),
                .optional("broken", .object(Broken.schema), "Where it first does not hold."),
                .required("anchor", .string, "held, none, missing, begun-anew, unreadable or forged."),
                .optional("anchored", .integer, "Up to which position the heads kept by this instance vouch for it."),
                .optional("anchor_fault", .string, "Why the end is not vouched for, in words."),
            ]
        )
    }

    @Sendable private static func verify(_ call: AdminCall) async throws -> Response {
        var expected: AuditKeys.Mark?
        if let head = call.query("head") {
            guard let hash = Hexadecimal.decode(head), hash.count == 32 else {
                throw Problem.malformedField("head", "It must be 64 hexadecimal digits.")
            }
            guard let position = call.query("position").flatMap({ Int64($0) }), position > 0 else {
                throw Problem.malformedField("position", "It must be a number from 1 on.")
            }
            expected = AuditKeys.Mark(position: position, hash: hash)
        } else if call.query("position") != nil {
            throw Problem.malformedField("position", "Give 'position' and 'head' together.")
        }
        let anchors = call.services.anchors()
        return try call.json(Verification(try await call.store.verifyAudit(expected: expected, anchors: anchors)))
    }
}
