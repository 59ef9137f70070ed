import Cryptography
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Model
import NIOCore
import Store

/// A request that may be made, with what a route reads of it.
struct AdminCall: Sendable {
    static let bodyByteCountMax = 64 << 10
    private static let pageMax = 1000

    let route: AdminRoute
    let request: Request
    let context: AdminContext
    let caller: OperatorRecord
    let services: AdminServices

    var actor: AuditEntry.Actor { .operator(caller.name.text) }
    var store: Store { services.store }

    // The path

    /// Percent-decoded; as it came where that gives no text, or one that nothing here is named by.
    func parameter(_ name: String) -> String {
        let text = context.parameters.get(name) ?? ""
        guard let decoded = PercentEncoding.decode(text), (try? Self.checkText(decoded, of: name)) != nil else {
            return text
        }
        return decoded
    }

    /// - Throws: `Problem.notFound` for what is no identifier.
    func identifier<Kind>(_ name: String) throws -> Identifier<Kind> {
        guard let identifier = Identifier<Kind>(parameter(name)) else { throw Problem.notFound }
        return identifier
    }

    // The query

    /// A parameter that the route does not have is most likely mistyped: without it the answer would be another one.
    func checkQuery() throws {
        var seen: Set<Substring> = []
        for (name, value) in request.uri.queryParameters {
            guard seen.insert(name).inserted else {
                throw Problem.malformedField(String(name), "It must not come twice.")
            }
            guard route.query.contains(where: { $0.name == name }) else {
                throw Problem.malformedField(String(name), "There is no such parameter here.")
            }
            try Self.checkText(String(value), of: String(name))
        }
    }

    /// The database takes no NUL, and nothing here has a name with control characters.
    static func checkText(_ text: String, of name: String) throws {
        guard text.unicodeScalars.allSatisfy(PrintableText.isPrintable) else {
            throw Problem.malformedField(name, "It must have printable characters alone.")
        }
    }

    func query(_ name: String) -> String? { request.uri.queryParameters[Substring(name)].map(String.init) }

    func number(_ name: String, in range: ClosedRange<Int>, default standard: Int) throws -> Int {
        guard let text = query(name) else { return standard }
        guard let number = Int(text), range.contains(number) else {
            throw Problem.malformedField(
                name,
                "It must be a number from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return number
    }

    func limit() throws -> Int { try number("limit", in: 1...Self.pageMax, default: 100) }

    func flag(_ name: String) throws -> Bool {
        switch query(name) {
        case nil, "false": false
        case "true": true
        default: throw Problem.malformedField(name, "It must be true or false.")
        }
    }

    func moment(_ name: String) throws -> Timestamp? {
        guard let text = query(name) else { return nil }
        guard let moment = Timestamp(text) else {
            throw Problem.malformedField(name, "It must be a moment in UTC such as 2026-01-31T12:00:00Z.")
        }
        return moment
    }

    func queryIdentifier<Kind>(_ name: String) throws -> Identifier<Kind>? {
        guard let text = query(name) else { return nil }
        guard let identifier = Identifier<Kind>(text) else {
            throw Problem.malformedField(name, "It must be a UUID.")
        }
        return identifier
    }

    // The body

    /// An empty body stands for `{}`. A field that the route does not have is refused: left out silently it could turn a
    /// careful request into another one.
    func body<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        var bytes = try await RequestBody.collect(request, limit: Self.bodyByteCountMax)
        if bytes.isEmpty {
            bytes = Array("{}".utf8)
        } else {
            try RequestBody.checkMediaType(request)
        }
        return try RequestBody.decode(type, from: bytes, known: route.body?.fields.map(\.name) ?? [])
    }

    /// A change that takes no body is sent none, or an empty object: what a body asks for besides, such as `dry_run`,
    /// would be passed over.
    func checkBody() async throws {
        if route.isChange, route.body == nil { _ = try await body(Nothing.self) }
    }

    private struct Nothing: Decodable {}

    func idempotencyKey() throws -> String? { try request.headers.idempotencyKey() }

    // The answer

    func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        try JSONResponse.make(value, status: status)
    }

    /// With an entity tag of the content; 304 without it for who has it already.
    func tagged(_ value: some Encodable) throws -> Response {
        let bytes = try JSONResponse.bytes(value)
        let tag = "\"\(Hexadecimal.encode(BLAKE2b.hash(bytes, byteCount: 16)))\""
        guard request.headers.ifNoneMatch(tag) != true else {
            return Response(status: .notModified, headers: [.eTag: tag, .cacheControl: "no-store"])
        }
        var response = JSONResponse.make(bytes: bytes, status: .ok)
        response.headers[.eTag] = tag
        return response
    }
}
