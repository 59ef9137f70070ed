import FoundationEssentials
import HTTPTypes
import Hummingbird
import Model

/// Responses and bodies in JSON, with keys in snake case and in a fixed order.
enum JSONResponse {
    static func make(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        make(bytes: try bytes(value), status: status)
    }

    static func bytes(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Who reads it with curl has a terminal.
        return PrintableText.escaped(json: Array(try encoder.encode(value)))
    }

    static func make(bytes: [UInt8], status: HTTPResponse.Status) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}
