import FoundationEssentials
import HTTPTypes
import Hummingbird
import Model
import NIOCore

/// A body in JSON whose members are known: what is more is refused.
protocol RequestDocument: Decodable {
    associatedtype CodingKeys: CodingKey & CaseIterable
}

/// Bodies, read whole within a limit.
enum RequestBody {
    /// 16 KiB: the largest thing that an app has to say is a few hundred bytes.
    static let jsonByteCountMax = 16 << 10
    /// Brackets that may be open at once: none of our documents has more than three.
    private static let depthMax = 8

    static func collect(_ request: Request, limit: Int) async throws -> [UInt8] {
        if let length = request.headers[.contentLength].flatMap(Int.init), length > limit {
            throw Problem.bodyTooLarge(limit: limit)
        }
        do {
            let buffer = try await request.body.collect(upTo: limit)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Problem.bodyTooLarge(limit: limit)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Whoever sends half a body and goes is no fault of ours, and no line in the log.
            throw Problem.bodyIncomplete
        }
    }

    static func decode<Value: RequestDocument>(
        _ type: Value.Type,
        from request: Request,
        limit: Int = jsonByteCountMax
    ) async throws -> Value {
        try checkMediaType(request)
        return try decode(type, from: try await collect(request, limit: limit), known: names(of: type))
    }

    /// A change that takes no body is sent none, or an empty object: what a body asks for besides would be passed over.
    static func expectNothing(in request: Request) async throws {
        let bytes = try await collect(request, limit: jsonByteCountMax)
        guard !bytes.isEmpty else { return }
        try checkMediaType(request)
        _ = try decode(Nothing.self, from: bytes, known: [])
    }

    /// - Parameter known: the members that the document may have. Another is most likely a mistyped one, without which
    ///   the request would mean something else; of two with the same name nobody knows which was meant.
    static func decode<Value: Decodable>(
        _ type: Value.Type,
        from bytes: [UInt8],
        known: [String]
    ) throws -> Value {
        guard JSONDepth.isAtMost(depthMax, bytes) else { throw Problem.malformedJSON("It nests too deeply.") }
        let data = Data(bytes)
        do {
            _ = try JSONDecoder().decode([String: AnyValue].self, from: data)
            try check(JSONMembers(bytes), known)
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw Problem.malformedJSON(error.shortDescription)
        }
    }

    static func checkMediaType(_ request: Request) throws {
        let mediaType = request.headers[.contentType]?.split(separator: ";").first.map(String.init) ?? ""
        guard mediaType.lowercased() == "application/json" else { throw Problem.unsupportedMediaType }
    }

    private static func check(_ members: JSONMembers, _ known: [String]) throws(Problem) {
        if let name = members.repeated { throw .malformedField(printable(name), "It must not come twice.") }
        for name in members.names where !known.contains(name) {
            let list = known.isEmpty ? "No field is" : "Known are: " + known.joined(separator: ", ")
            throw .malformedField(printable(name), "There is no such field here. \(list).")
        }
    }

    /// What a stranger wrote, as it may be shown.
    private static func printable(_ name: String) -> String {
        String(name.unicodeScalars.prefix(64).map { (0x20...0x7e).contains($0.value) ? Character($0) : "?" })
    }

    private static func names<Value: RequestDocument>(of type: Value.Type) -> [String] {
        Value.CodingKeys.allCases.map(\.stringValue)
    }

    private struct Nothing: Decodable {}

    private struct AnyValue: Decodable {
        init(from decoder: any Decoder) {}
    }
}

extension DecodingError {
    /// Which field is wrong, without a word of what the caller sent.
    var shortDescription: String {
        switch self {
        case .keyNotFound(let key, _): "'\(key.stringValue)' is missing."
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            context.codingPath.isEmpty
                ? "It must be an object."
                : "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of the wrong type."
        default: "It cannot be parsed."
        }
    }
}
