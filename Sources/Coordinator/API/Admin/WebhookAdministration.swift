import Billing
import DaemonRuntime
import HTTPTypes
import Hummingbird
import Store

/// The stores' events that were set aside for a person.
enum WebhookAdministration {
    static let routes: [AdminRoute] = [
        AdminRoute(
            method: .get,
            path: "webhooks/parked",
            role: .viewer,
            name: "webhook.list",
            summary: "The stores' events that were set aside, the oldest first.",
            query: [
                .init(name: "store", type: .string, text: "Only this store's: stripe, apple or google."), .limit,
                .after,
            ],
            answers: [.init(status: .ok, schema: .page("events", of: Resource.schema))],
            problems: [.unprocessableContent],
            handle: list
        ),
        AdminRoute(
            method: .post,
            path: "webhooks/parked/retry",
            role: .operator,
            name: "webhook.retry_all",
            summary: "Tries all of them anew, once what stood in their way was mended.",
            body: Choice.schema,
            answers: [.init(status: .ok, schema: Count.schema)],
            problems: [.badRequest, .contentTooLarge, .unsupportedMediaType, .unprocessableContent],
            handle: retryAll
        ),
        AdminRoute(
            method: .post,
            path: "webhooks/parked/{store}/{event}/retry",
            role: .operator,
            name: "webhook.retry",
            summary: "Tries one of them anew.",
            answers: [.init(status: .ok, schema: Count.schema)],
            problems: [.notFound],
            handle: retry
        ),
        AdminRoute(
            method: .post,
            path: "webhooks/parked/{store}/{event}/dismiss",
            role: .operator,
            name: "webhook.dismiss",
            summary: "Lets one of them be without any effect.",
            answers: [.init(status: .ok, schema: Count.schema)],
            problems: [.notFound],
            handle: dismiss
        ),
    ]

    private struct Resource: Encodable {
        let store: String
        let event: String
        let type: String?
        let reason: String
        let attempts: Int
        let received_at: String

        init(_ event: ParkedWebhook) {
            store = event.provider.rawValue
            self.event = event.eventID
            type = event.type
            reason = event.reason
            attempts = event.attempts
            received_at = "\(event.receivedAt)"
        }

        static let schema = ResourceSchema(
            name: "ParkedEvent",
            fields: [
                .required("store", .oneOf(PaymentProvider.allCases.map(\.rawValue)), "Whose event it is."),
                .required("event", .string, "The store's own id of the event."),
                .optional("type", .string, "The store's own word for what happened."),
                .required("reason", .string, "What stands in its way."),
                .required("attempts", .integer, "How often it was tried."),
                .required("received_at", .moment, "When it came."),
            ]
        )
    }

    private struct Choice: Decodable {
        let store: String?

        static let schema = ResourceSchema(
            name: "ParkedChoice",
            fields: [.optional("store", .string, "Only this store's: stripe, apple or google.")]
        )
    }

    private struct Count: Encodable {
        let changed: Int

        static let schema = ResourceSchema(
            name: "ParkedChange",
            fields: [.required("changed", .integer, "How many events it was.")]
        )
    }

    private static func store(_ text: String?) throws -> PaymentProvider? {
        guard let text else { return nil }
        guard let store = PaymentProvider(rawValue: text) else {
            throw Problem.malformedField("store", "It must be stripe, apple or google.")
        }
        return store
    }

    @Sendable private static func list(_ call: AdminCall) async throws -> Response {
        let limit = try call.limit()
        let found = try await call.store.parkedWebhooks(
            try store(call.query("store")),
            after: try mark(call.query("after")),
            limit: limit + 1
        )
        return try call.json(
            Page("events", found, limit: limit, mark: { "\($0.provider.rawValue):\($0.eventID)" }) { Resource($0) }
        )
    }

    private static func mark(_ text: String?) throws -> (PaymentProvider, eventID: String)? {
        guard let text else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let store = PaymentProvider(rawValue: String(parts[0])) else {
            throw Problem.malformedField("after", "It must be `next` of the page before.")
        }
        return (store, String(parts[1]))
    }

    @Sendable private static func retryAll(_ call: AdminCall) async throws -> Response {
        let choice = try await call.body(Choice.self)
        let count = try await call.store.retryParked(try store(choice.store), by: call.actor, now: SystemClock.now())
        return try call.json(Count(changed: count))
    }

    @Sendable private static func retry(_ call: AdminCall) async throws -> Response {
        guard let store = PaymentProvider(rawValue: call.parameter("store")) else { throw Problem.notFound }
        let count = try await call.store.retryParked(
            store,
            eventID: call.parameter("event"),
            by: call.actor,
            now: SystemClock.now()
        )
        guard count > 0 else { throw Problem.notFound }
        return try call.json(Count(changed: count))
    }

    @Sendable private static func dismiss(_ call: AdminCall) async throws -> Response {
        guard let store = PaymentProvider(rawValue: call.parameter("store")),
            try await call.store.dismissParked(
                store,
                eventID: call.parameter("event"),
                by: call.actor,
                now: SystemClock.now()
            )
        else { throw Problem.notFound }
        return try call.json(Count(changed: 1))
    }
}
