import AsyncHTTPClient
import Foundation
import NIOCore

/// Server-sent events as they come out of a response.
struct EventReader {
    struct Event {
        let name: String
        let id: String?
        let data: [String: Any]
    }

    private var chunks: HTTPClientResponse.Body.AsyncIterator
    private var text = ""

    init(_ response: HTTPClientResponse) {
        chunks = response.body.makeAsyncIterator()
    }

    /// Nil where the stream has ended in order; it throws where it broke off.
    mutating func next() async throws -> Event? {
        while true {
            if let end = text.range(of: "\n\n") {
                let block = text[..<end.lowerBound]
                text.removeSubrange(..<end.upperBound)
                if !block.hasPrefix(":") { return Self.event(block) }
            } else {
                guard let chunk = try await chunks.next() else { return nil }
                text += String(buffer: chunk)
            }
        }
    }

    private static func event(_ block: Substring) -> Event {
        var fields: [String: String] = [:]
        for line in block.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            fields[String(parts[0])] = String(parts[1].dropFirst())
        }
        let data = try? JSONSerialization.jsonObject(with: Data((fields["data"] ?? "").utf8)) as? [String: Any]
        return Event(name: fields["event"] ?? "message", id: fields["id"], data: data ?? [:])
    }
}

extension EventReader.Event {
    var endpoint: String? { (data["server"] as? [String: Any])?["endpoint"] as? String }
    var isMoving: Bool { data["moving"] as? Bool ?? false }
}
