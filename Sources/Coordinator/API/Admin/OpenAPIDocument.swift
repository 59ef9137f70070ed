import DaemonRuntime
import HTTPTypes
import Hummingbird
import Store

/// The OpenAPI 3.1 document of the operators' API, made from the table that the router is made from.
enum OpenAPIDocument {
    static func make(_ routes: [AdminRoute]) -> JSONValue {
        var paths: [String: [String: JSONValue]] = [:]
        var schemas: [String: JSONValue] = ["Problem": problem]
        for route in routes {
            paths["/\(route.path)", default: [:]][route.method.rawValue.lowercased()] = operation(route)
            for schema in route.answers.compactMap(\.schema) + [route.body].compactMap(\.self) {
                add(schema, to: &schemas)
            }
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Holdfast, the operators' API",
                "version": .string(Version.current),
                "description": """
                Authenticated by a client certificate of the coordinator's authority. `x-role` is the least role that \
                may; a role may do what those before it may (viewer, support, operator).
                """,
            ],
            "servers": [["url": "/admin/v1"]],
            "security": [["operatorCertificate": []]],
            "paths": .object(paths.mapValues { .object($0) }),
            "components": [
                "securitySchemes": ["operatorCertificate": ["type": "mutualTLS"]],
                "schemas": .object(schemas),
            ],
        ]
    }

    /// Statuses of a change that takes no body, and is sent one.
    static let ofBodies: [HTTPResponse.Status] = [.badRequest, .contentTooLarge, .unsupportedMediaType]
    /// Statuses that every route may answer with, besides its own.
    static let everywhere: [HTTPResponse.Status] = [
        .unauthorized, .forbidden, .unprocessableContent, .internalServerError, .serviceUnavailable,
    ]

    private static func operation(_ route: AdminRoute) -> JSONValue {
        var responses: [String: JSONValue] = [:]
        for answer in route.answers {
            var response: [String: JSONValue] = [
                "description": .string(answer.text.isEmpty ? answer.status.reasonPhrase : answer.text)
            ]
            if let schema = answer.schema {
                response["content"] = ["application/json": ["schema": reference(schema.name)]]
            } else if answer.status == .ok {
                response["content"] = ["application/json": ["schema": ["type": "object"]]]
            }
            responses["\(answer.status.code)"] = .object(response)
        }
        let ofChanges = route.isChange ? [.conflict] + (route.body == nil ? Self.ofBodies : []) : []
        for status in Self.everywhere + route.problems + ofChanges {
            responses["\(status.code)"] = [
                "description": .string(status.reasonPhrase),
                "content": ["application/problem+json": ["schema": reference("Problem")]],
            ]
        }
        var operation: [String: JSONValue] = [
            "operationId": .string(route.name),
            "summary": .string(route.summary),
            "x-role": .string(route.role.rawValue),
            "responses": .object(responses),
        ]
        let parameters = parameters(route)
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let body = route.body {
            operation["requestBody"] = [
                "required": .boolean(body.fields.contains(where: \.isRequired)),
                "content": ["application/json": ["schema": reference(body.name)]],
            ]
        }
        return .object(operation)
    }

    private static func parameters(_ route: AdminRoute) -> [JSONValue] {
        let inPath: [JSONValue] = route.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { part in
            [
                "name": .string(String(part.dropFirst().dropLast())), "in": "path", "required": true,
                "schema": ["type": "string"],
            ]
        }
        let inQuery: [JSONValue] = route.query.map { parameter in
            [
                "name": .string(parameter.name), "in": "query", "description": .string(parameter.text),
                "schema": type(parameter.type),
            ]
        }
        let key: [JSONValue] =
            route.isChange
            ? [["name": "Idempotency-Key", "in": "header", "schema": ["type": "string", "maxLength": 128]]] : []
        return inPath + inQuery + key
    }

    private static func add(_ schema: ResourceSchema, to schemas: inout [String: JSONValue]) {
        guard schemas[schema.name] == nil else { return }
        var properties: [String: JSONValue] = [:]
        for field in schema.fields {
            guard case .object(var property) = type(field.type) else { continue }
            property["description"] = .string(field.text)
            properties[field.name] = .object(property)
        }
        schemas[schema.name] = [
            "type": "object",
            "properties": .object(properties),
            "required": .array(schema.fields.filter(\.isRequired).map { .string($0.name) }),
        ]
        for field in schema.fields { addInner(field.type, to: &schemas) }
    }

    private static func addInner(_ type: FieldType, to schemas: inout [String: JSONValue]) {
        switch type {
        case .object(let schema): add(schema, to: &schemas)
        case .list(let inner), .map(let inner): addInner(inner, to: &schemas)
        default: break
        }
    }

    private static func type(_ type: FieldType) -> JSONValue {
        switch type {
        case .string: ["type": "string"]
        case .integer: ["type": "integer"]
        case .number: ["type": "number"]
        case .boolean: ["type": "boolean"]
        case .moment: ["type": "string", "format": "date-time"]
        case .identifier: ["type": "string", "format": "uuid"]
        case .oneOf(let values): ["type": "string", "enum": .array(values.map { .string($0) })]
        case .map(let inner): ["type": "object", "additionalProperties": self.type(inner)]
        case .list(let inner): ["type": "array", "items": self.type(inner)]
        case .object(let schema): reference(schema.name)
        }
    }

    private static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    private static let problem: JSONValue = [
        "type": "object",
        "description": "RFC 9457. `type` stays the same for ever.",
        "properties": [
            "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"],
            "detail": ["type": "string"],
        ],
        "required": ["type", "title", "status"],
    ]
}
