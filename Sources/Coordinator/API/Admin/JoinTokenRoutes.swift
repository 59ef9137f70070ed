import CertificateAuthority
import Cryptography
import DaemonRuntime
import HTTPTypes
import Hummingbird
import Model
import Store

/// Join tokens: what enrols nodes.
enum JoinTokenRoutes {
    static let routes: [AdminRoute] = [
        AdminRoute(
            method: .post,
            path: "join-tokens",
            role: .operator,
            name: "join_token.create",
            summary: "Makes a token that enrols one node, once. It is shown this once; a repetition with the same"
                + " `Idempotency-Key` shows it again.",
            body: CreateBody.schema,
            tellsRepetitions: true,
            answers: [.init(status: .created, schema: MadeResource.schema)],
            problems: [.badRequest, .contentTooLarge, .unsupportedMediaType, .unprocessableContent],
            handle: create
        ),
        AdminRoute(
            method: .get,
            path: "join-tokens",
            role: .operator,
            name: "join_token.list",
            summary: "Join tokens without their secrets, the newest first.",
            query: [.limit, .after],
            answers: [.init(status: .ok, schema: .page("join_tokens", of: TokenResource.schema))],
            problems: [.unprocessableContent],
            handle: list
        ),
        AdminRoute(
            method: .delete,
            path: "join-tokens/{id}",
            role: .operator,
            name: "join_token.revoke",
            summary: "Ends a token that no node has used.",
            answers: [.init(status: .noContent, schema: nil, text: "It enrols nobody.")],
            problems: [.notFound, .conflict],
            handle: revoke
        ),
    ]

    private struct CreateBody: Decodable {
        let region: String
        let lifetime_s: Int?

        static let schema = ResourceSchema(
            name: "JoinTokenRequest",
            fields: [
                .required("region", .string, "That the node will belong to."),
                .optional("lifetime_s", .integer, "How long it is good: 60 seconds to 30 days, an hour without it."),
            ]
        )
    }

    private struct MadeResource: Encodable {
        let token: String
        let region: String
        let expires_at: String

        static let schema = ResourceSchema(
            name: "MadeJoinToken",
            fields: [
                .required("token", .string, "What the node enrols with: a secret."),
                .required("region", .string, "That the node will belong to."),
                .required("expires_at", .moment, "Until when it is good."),
            ]
        )
    }

    private struct TokenResource: Encodable {
        let id: String
        let region: String
        let state: String
        let created_at: String
        let expires_at: String
        let node: String?

        init(_ token: JoinTokenRecord, now: Timestamp) {
            id = token.id
            region = token.region
            state = token.state(at: now).rawValue
            created_at = "\(token.createdAt)"
            expires_at = "\(token.expiresAt)"
            node = token.nodeName
        }

        static let schema = ResourceSchema(
            name: "JoinToken",
            fields: [
                .required("id", .string, "What `DELETE` takes; it says nothing about the secret."),
                .required("region", .string, "That the node will belong to."),
                .required("state", .oneOf(["open", "redeemed", "expired"]), "Whether it is still good."),
                .required("created_at", .moment, "When it was made."),
                .required("expires_at", .moment, "Until when it is good."),
                .optional("node", .string, "The node that used it."),
            ]
        )
    }

    @Sendable private static func create(_ call: AdminCall) async throws -> Response {
        let body = try await call.body(CreateBody.self)
        guard let region = RegionName(body.region) else {
            throw Problem.malformedField("region", "It must be 1 to 32 characters of a-z, 0-9 and '-'.")
        }
        let lifetime_s = body.lifetime_s ?? 3600
        guard (60...(30 * 86_400)).contains(lifetime_s) else {
            throw Problem.malformedField("lifetime_s", "It must be a number of seconds from 60 to 2592000.")
        }
        let now = SystemClock.now()
        let token = try await make(region, .seconds(lifetime_s), call, now: now)
        return try call.json(
            MadeResource(
                token: token.token.text.reveal(),
                region: token.token.region.text,
                expires_at: "\(token.expiresAt)"
            ),
            status: .created
        )
    }

    private static func make(
        _ region: RegionName,
        _ lifetime: Duration,
        _ call: AdminCall,
        now: Timestamp
    ) async throws -> MadeJoinToken {
        let authorityPin = call.services.authority.pin
        guard let key = try call.idempotencyKey() else {
            return try await call.store.createJoinToken(
                region: region,
                authorityPin: authorityPin,
                lifetime: lifetime,
                pepper: call.services.pepper,
                by: call.actor,
                now: now
            )
        }
        let made = try await call.store.createJoinToken(
            repeatable: key,
            region: region,
            authorityPin: authorityPin,
            lifetime: lifetime,
            pepper: call.services.pepper,
            by: call.actor,
            now: now
        )
        guard let made else { throw Problem.idempotencyKeyReused }
        return made
    }

    @Sendable private static func list(_ call: AdminCall) async throws -> Response {
        let limit = try call.limit()
        let now = SystemClock.now()
        let found = try await call.store.joinTokens(after: call.query("after"), limit: limit + 1)
        return try call.json(
            Page("join_tokens", found, limit: limit, mark: \.id) { TokenResource($0, now: now) }
        )
    }

    @Sendable private static func revoke(_ call: AdminCall) async throws -> Response {
        switch try await call.store.revokeJoinToken(call.parameter("id"), by: call.actor, now: SystemClock.now()) {
        case .revoked: return Response(status: .noContent)
        case .unknown: throw Problem.notFound
        case .isRedeemed:
            throw Problem.conflict(
                "token-redeemed",
                "The token has enrolled a node",
                "It enrols no other. Retire the node instead."
            )
        }
    }
}
