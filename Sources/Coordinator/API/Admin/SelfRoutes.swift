import HTTPTypes
import Hummingbird
import Model
import Store

/// What the API says of itself and of who asks.
enum SelfRoutes {
    static let routes: [AdminRoute] = [
        AdminRoute(
            method: .get,
            path: "whoami",
            role: .viewer,
            name: "whoami",
            summary: "Whose certificate this is.",
            answers: [.init(status: .ok, schema: Caller.schema)],
            handle: { call in try call.json(Caller(call.caller)) }
        ),
        AdminRoute(
            method: .get,
            path: "openapi.json",
            role: .viewer,
            name: "openapi",
            summary: "This document.",
            answers: [.init(status: .ok, schema: nil, text: "OpenAPI 3.1.")],
            handle: { call in try call.tagged(OpenAPIDocument.make(AdminRoute.all)) }
        ),
    ]

    private struct Caller: Encodable {
        let name: String
        let role: String
        let expires_at: String

        init(_ record: OperatorRecord) {
            name = record.name.text
            role = record.role.rawValue
            expires_at = "\(record.expiresAt)"
        }

        static let schema = ResourceSchema(
            name: "Caller",
            fields: [
                .required("name", .string, "As the audit log knows the operator."),
                .required("role", .oneOf(OperatorRole.allCases.map(\.rawValue)), "What the operator may do."),
                .required("expires_at", .moment, "When the certificate ends."),
            ]
        )
    }
}
