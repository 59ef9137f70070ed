import Billing
import DaemonRuntime
import HTTPTypes
import Hummingbird
import Model
import Store

/// Why a subscription is what it is, fact by fact.
enum SubscriptionExplanation {
    static let routes: [AdminRoute] = [
        AdminRoute(
            method: .get,
            path: "subscriptions/{id}/explain",
            role: .support,
            name: "subscription.explain",
            summary: "Why the subscription's entitlement is what it is, fact by fact; nothing of whose it is.",
            answers: [.init(status: .ok, schema: Resource.schema)],
            problems: [.notFound],
            handle: explain
        )
    ]

    private struct Resource: Encodable {
        struct Fact: Encodable {
            let name: String
            let value: String
            let because: String?

            static let schema = ResourceSchema(
                name: "SubscriptionFact",
                fields: [
                    .required("name", .string, "What the fact is about."),
                    .required("value", .string, "How it stands."),
                    .optional("because", .string, "Where that comes from."),
                ]
            )
        }

        let id: String
        let facts: [Fact]

        static let schema = ResourceSchema(
            name: "SubscriptionExplanation",
            fields: [
                .required("id", .identifier, "The subscription."),
                .required("facts", .list(.object(Fact.schema)), "From the provider's word to what may be used."),
            ]
        )
    }

    @Sendable private static func explain(_ call: AdminCall) async throws -> Response {
        let id: SubscriptionID = try call.identifier("id")
        let now = SystemClock.now()
        guard let found = try await call.store.circumstances(of: id, now: now) else { throw Problem.notFound }
        let entitlement = found.record.entitlement
        let facts = entitlement.facts(
            served: call.services.environment,
            tierPeers: entitlement.tier.flatMap { call.services.limits[$0.text]?.peers },
            now: now
        )
        return try call.json(
            Resource(
                id: "\(id)",
                facts: (facts + found.facts).map { fact in
                    .init(name: fact.name, value: fact.value, because: fact.because.isEmpty ? nil : fact.because)
                }
            )
        )
    }
}
