import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore

/// Bodies, read whole within a limit.
enum RequestBody {
    /// 16 KiB: the largest thing that an app has to say is a few hundred bytes.
    static let jsonByteCountMax = 16 << 10

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

    static func decode<Value: Decodable>(
        _ type: Value.Type,
        from request: Request,
        limit: Int = jsonByteCountMax
    ) async throws -> (Value, [UInt8]) {
        let mediaType = request.headers[.contentType]?.split(separator: ";").first.map(String.init) ?? ""
        guard mediaType.lowercased() == "application/json" else { throw Problem.unsupportedMediaType }
        let bytes = try await collect(request, limit: limit)
        do {
            return (try JSONDecoder().decode(type, from: Data(bytes)), bytes)
        } catch let error as DecodingError {
            throw Problem.malformedJSON(error.shortDescription)
        }
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
