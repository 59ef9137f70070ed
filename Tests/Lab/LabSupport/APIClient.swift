import Foundation

/// What an app and Stripe say to the coordinator. A value: every call of ``connect()`` opens a connection.
public struct APIClient: Sendable {
    public let host: String
    public let port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    public func connect() throws -> HTTPConnection {
        try HTTPConnection(host: host, port: port)
    }

    public func post(_ path: String, _ body: [String: Any], token: String? = nil) throws -> HTTPResponse {
        try connect().postJSON(path, body, token: token)
    }

    public func get(_ path: String, token: String? = nil) throws -> HTTPResponse {
        try connect().send("GET", path, headers: token.map { ["Authorization": "Bearer \($0)"] } ?? [:])
    }

    /// Names of the regions that take new peers.
    public func availableRegions() throws -> Set<String> {
        let regions = try get("/v1/regions").expect(200).json()["regions"] as? [[String: Any]] ?? []
        return Set(regions.filter { $0["available"] as? Bool == true }.compactMap { $0["name"] as? String })
    }

    /// A node has to link up first.
    public func waitForRegion(_ name: String) throws {
        try wait(for: "region \(name) to take peers", within: .seconds(30)) { try availableRegions().contains(name) }
    }

    /// - Parameter signature: the header; by default as Stripe makes it.
    public func deliver(_ event: StripeEvent, signature: String? = nil) throws -> HTTPResponse {
        let headers = [
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature ?? StripeSigner(secret: CoordinatorProcess.webhookSecret).header(for: event),
        ]
        return try connect().send("POST", "/webhooks/stripe", headers: headers, body: event.body)
    }
}

extension HTTPConnection {
    public func postJSON(
        _ path: String,
        _ body: [String: Any],
        token: String? = nil,
        idempotencyKey: String? = nil
    ) throws -> HTTPResponse {
        var headers = ["Content-Type": "application/json"]
        headers["Authorization"] = token.map { "Bearer \($0)" }
        headers["Idempotency-Key"] = idempotencyKey
        let bytes = try JSONSerialization.data(withJSONObject: body, options: [.sortedKeys, .withoutEscapingSlashes])
        return try send("POST", path, headers: headers, body: Array(bytes))
    }

    /// `POST /v1/peers`: 201 when the node has acknowledged, 202 when it did not in time.
    public func createPeer(publicKey: String, region: String, token: String) throws -> HTTPResponse {
        // Both are plain text that JSON need not escape; a benchmark posts thousands a second.
        try send(
            "POST",
            "/v1/peers",
            headers: ["Content-Type": "application/json", "Authorization": "Bearer \(token)"],
            body: Array(#"{"public_key":"\#(publicKey)","region":"\#(region)"}"#.utf8)
        )
    }

    public func deletePeer(_ id: String, token: String) throws -> HTTPResponse {
        try send("DELETE", "/v1/peers/\(id)", headers: ["Authorization": "Bearer \(token)"])
    }
}

extension HTTPResponse {
    /// - Throws: ``LabFailure`` with the answer's text when it has any other status.
    @discardableResult
    public func expect(_ statuses: Int...) throws -> HTTPResponse {
        try require(statuses.contains(status), "answered \(status), not \(statuses): \(text.prefix(500))")
        return self
    }

    public func string(_ key: String) throws -> String {
        try unwrap(try json()[key] as? String, "no \(key) in \(text.prefix(300))")
    }
}
