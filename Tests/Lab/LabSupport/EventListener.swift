import Foundation

/// An app that listens to `GET /v1/events`.
public final class EventListener {
    private let daemon: Daemon

    public init(lab: Lab, customer: Customer) throws {
        daemon = try lab.start(
            "events",
            on: .own,
            [
                "curl", "--silent", "--show-error", "--no-buffer", "--header",
                "Authorization: Bearer \(customer.token)",
                "http://\(customer.api.host):\(customer.api.port)/v1/events",
            ]
        )
    }

    /// The data of every event of this name so far, in order.
    public func events(_ name: String) throws -> [[String: Any]] {
        // The last block may not be whole yet.
        let blocks = daemon.log().components(separatedBy: "\n\n").dropLast()
        return try blocks.filter { $0.hasPrefix("event: \(name)\n") }
            .map { block in
                let line = try unwrap(block.split(separator: "\n").last { $0.hasPrefix("data: ") }, "no data: \(block)")
                let value = try JSONSerialization.jsonObject(with: Data(line.dropFirst(6).utf8))
                return try unwrap(value as? [String: Any], "not a JSON object: \(line)")
            }
    }
}
