import Testing

@testable import API

/// Clients that keep the listener waiting.
@Suite(.timeLimit(.minutes(10))) struct SlowClientTests {
    private func limits(_ change: (inout ListenerLimits) -> Void) -> ListenerLimits {
        var limits = ListenerLimits(connectionsMax: 100)
        change(&limits)
        return limits
    }

    @Test(arguments: ["", "GET /v1/regions HTTP/1.1\r\nHost: x\r\nX-Slow: "])
    func `whoever does not come to the end of a request's head is closed`(start: String) async throws {
        try await CustomerListener.run(limits: limits { $0.headLimit = .milliseconds(50) }) { listener in
            let heard = try await RawClient.converse(port: listener.port, start)
            #expect(heard.isEmpty)
        }
    }

    @Test func `a body that does not come ends the connection, also where it was refused already`() async throws {
        try await CustomerListener.run(limits: limits { $0.bodyLimit = .milliseconds(50) }) { listener in
            let head = "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
            _ = try await RawClient.converse(port: listener.port, head + "50\r\n\r\n{")
            // On a busy machine the time may be over before the answer is made.
            while try await !RawClient.converse(port: listener.port, head + "50000000\r\n\r\n{").contains(" 413 ") {}
        }
    }

    @Test func `a connection that is kept and not used is closed`() async throws {
        try await CustomerListener.run(limits: limits { $0.idleLimit = .milliseconds(50) }) { listener in
            let request = "GET /v1/regions HTTP/1.1\r\nHost: x\r\n\r\n"
            while try await !RawClient.converse(port: listener.port, request).contains(" 200 ") {}
        }
    }

    @Test func `whoever asks and does not read is closed`() async throws {
        try await CustomerListener.run(limits: limits { $0.writeLimit = .milliseconds(50) }) { listener in
            try await listener.fixture.addRegions(400)
            try await RawClient.neverRead(port: listener.port, "GET /v1/regions HTTP/1.1\r\nHost: x\r\n\r\n")
        }
    }

    @Test func `half a request is the client's fault, and nobody's work`() async throws {
        try await CustomerListener.run { listener in
            let garbage = try await RawClient.converse(port: listener.port, "\u{16}\u{3}\u{1}garbage\r\n\r\n")
            #expect(garbage.hasPrefix("HTTP/1.1 400"))
            let huge = try await RawClient.converse(
                port: listener.port,
                "GET /v1/regions HTTP/1.1\r\nX: \(String(repeating: "a", count: 20_000))\r\n\r\n"
            )
            #expect(huge.hasPrefix("HTTP/1.1 400"))
        }
    }
}
