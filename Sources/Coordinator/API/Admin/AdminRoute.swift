import HTTPTypes
import Hummingbird
import Store

/// One route of the operators' API: what the router, the OpenAPI document and the authorisation all follow from.
struct AdminRoute: Sendable {
    /// A parameter in the query.
    struct Query: Sendable {
        let name: String
        let type: FieldType
        let text: String
    }

    /// What a route answers with when all is well.
    struct Answer: Sendable {
        let status: HTTPResponse.Status
        let schema: ResourceSchema?
        var text = ""
    }

    let method: HTTPRequest.Method
    /// Below `/admin/v1`, parameters in braces.
    let path: String
    /// The least role that may.
    let role: OperatorRole
    /// As OpenAPI's `operationId` and in the audit log.
    let name: String
    let summary: String
    var query: [Query] = []
    var body: ResourceSchema?
    /// Whether the route itself tells a repetition by its `Idempotency-Key`: its answer is a secret, which is kept nowhere.
    var tellsRepetitions = false
    let answers: [Answer]
    /// The statuses of the problems that are the route's own, besides those that every route has.
    var problems: [HTTPResponse.Status] = []
    var timeLimit: Duration = .seconds(15)
    let handle: @Sendable (AdminCall) async throws -> Response

    /// Whether it changes anything: then a body that it does not understand is refused, and it takes an
    /// `Idempotency-Key`.
    var isChange: Bool { method != .get }

    /// Every route. What is not in this table does not exist.
    static let all: [AdminRoute] =
        NodeAdministration.routes + NodeLifecycle.routes + JoinTokenRoutes.routes + FleetOverview.routes
        + OperationRoutes.routes + AuditRoutes.routes + CapacityRoutes.routes + RolloutRoutes.routes
        + WebhookAdministration.routes + SubscriptionExplanation.routes + SelfRoutes.routes

    func answer(_ request: Request, _ context: AdminContext, _ services: AdminServices) async throws -> Response {
        let caller = try context.authenticated()
        guard caller.role >= role else {
            try await services.refusals.record(
                .init(
                    name: caller.name,
                    route: name,
                    reason: "needs role \(role.rawValue), has \(caller.role.rawValue)"
                )
            )
            throw Problem.roleMissing(needed: role, has: caller.role)
        }
        let call = AdminCall(route: self, request: request, context: context, caller: caller, services: services)
        try call.checkQuery()
        return try await withTimeLimit {
            guard isChange, !tellsRepetitions, try call.idempotencyKey() != nil else {
                try await call.checkBody()
                return try await handle(call)
            }
            // Read whole, for the key stands for it.
            let body = try await RequestBody.collect(request, limit: AdminCall.bodyByteCountMax)
            var request = request
            request.body = .init(buffer: ByteBuffer(bytes: body))
            let call = AdminCall(route: self, request: request, context: context, caller: caller, services: services)
            try await call.checkBody()
            guard let change = try RepeatableChange(call, body: body) else { return try await handle(call) }
            return try await change.answer { try await handle(call) }
        }
    }

    private func withTimeLimit(
        _ body: @escaping @Sendable () async throws -> Response
    ) async throws -> Response {
        try await withThrowingTaskGroup(of: Response.self) { group in
            group.addTask { try await body() }
            group.addTask { [timeLimit] in
                try await Task.sleep(for: timeLimit)
                throw Problem.unavailable
            }
            defer { group.cancelAll() }
            guard let response = try await group.next() else { throw Problem.unavailable }
            return response
        }
    }
}
