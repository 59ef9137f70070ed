import AsyncHTTPClient
import Cryptography
import Foundation
import Model
import NIOHTTP1
import ServiceLifecycle
import Store
import Testing

@testable import API

/// `GET /v1/events` over a socket.
@Suite(.timeLimit(.minutes(10))) struct EventStreamTests {
    /// A peer on exit1, and exit2 to move to.
    private func addPeer(_ listener: CustomerListener) async throws -> (token: String, peer: String) {
        let fixture = listener.fixture
        let token = try await fixture.token()
        let key = WireGuardKeyPair.generate().publicKey.base64
        let made = try await fixture.post(
            "/v1/peers",
            ["public_key": key, "region": APIFixture.region],
            token: token
        )
        try await fixture.acknowledgeAll()
        try await APIFixture.addNode(in: fixture.store.pool, capacity: 100, name: "exit2")
        return (token, try made.field("id"))
    }

    /// Asks for the move, as an app does, until it is complete.
    private func move(_ peer: String, _ token: String, _ listener: CustomerListener) async throws {
        #expect(try await listener.status(.POST, "/v1/peers/\(peer)/move", token: token) == 202)
        try await listener.fixture.acknowledgeAll()
        #expect(try await listener.status(.POST, "/v1/peers/\(peer)/move", token: token) == 200)
    }

    @Test func `a move is told, and whoever connects anew is told everything`() async throws {
        try await CustomerListener.run { listener in
            let (token, peer) = try await addPeer(listener)
            let response = try await listener.request(.GET, "/v1/events", token: token)
            #expect(response.status == .ok)
            #expect(response.headers.first(name: "content-type") == "text/event-stream")
            var events = EventReader(response)
            let first = try #require(try await events.next())
            #expect(first.name == "peer")
            #expect(first.data["id"] as? String == peer)
            #expect(first.endpoint == "exit1.example.net:51820")
            try await move(peer, token, listener)
            var latest = first
            while latest.endpoint != "exit2.example.net:51820" || latest.isMoving {
                latest = try #require(try await events.next())
                #expect(latest.name == "peer")
            }
            let id = try #require(latest.id)
            for lastEventID in [id, "\"forged\"", String(repeating: "x", count: 4000), "\u{ff}"] {
                let again = try await listener.request(
                    .GET,
                    "/v1/events",
                    token: token,
                    headers: ["Last-Event-ID": lastEventID]
                )
                var reader = EventReader(again)
                #expect(try await reader.next()?.id == id)
            }
        }
    }

    @Test func `a peer that is removed is told`() async throws {
        try await CustomerListener.run { listener in
            let (token, peer) = try await addPeer(listener)
            var events = EventReader(try await listener.request(.GET, "/v1/events", token: token))
            #expect(try await events.next()?.name == "peer")
            #expect(try await listener.status(.DELETE, "/v1/peers/\(peer)", token: token) == 204)
            let removed = try #require(try await events.next())
            #expect(removed.name == "peer-removed")
            #expect(removed.data["id"] as? String == peer)
        }
    }

    @Test func `a coordinator that stops ends the stream in order`() async throws {
        try await CustomerListener.run { listener in
            let (token, _) = try await addPeer(listener)
            var events = EventReader(try await listener.request(.GET, "/v1/events", token: token))
            #expect(try await events.next()?.name == "peer")
            await listener.services.triggerGracefulShutdown()
            let end = try await events.next()
            #expect(end == nil)
        }
    }

    @Test func `a subscription has so many streams and waits at once, and each that ends makes room`() async throws {
        var limits = ListenerLimits(connectionsMax: 100)
        limits.keepAlive = .milliseconds(20)
        try await CustomerListener.run(limits: limits) { listener in
            let (token, peer) = try await addPeer(listener)
            var streams: [HTTPClientResponse] = []
            for _ in 0..<StandingRequests.ownMax {
                streams.append(try await listener.request(.GET, "/v1/events", token: token))
            }
            #expect(streams.allSatisfy { $0.status == .ok })
            let refused = try await listener.request(.GET, "/v1/events", token: token)
            #expect(refused.status == .tooManyRequests)
            #expect(refused.headers.first(name: "retry-after") == "15")
            let tag = try await listener.request(.GET, "/v1/peers/\(peer)", token: token).headers.first(name: "etag")
            let waits = try await listener.request(
                .GET,
                "/v1/peers/\(peer)?wait=60",
                token: token,
                headers: ["If-None-Match": try #require(tag)]
            )
            #expect(waits.status == .tooManyRequests)
            #expect(try await listener.status(.GET, "/v1/peers/\(peer)", token: token) == 200)
            let stranger = try await listener.fixture.token()
            #expect(try await listener.request(.GET, "/v1/events", token: stranger).status == .ok)
            streams = []
            // What is written to a client that has gone tells the listener of it.
            while try await listener.request(.GET, "/v1/events", token: token).status != .ok {}
        }
    }

    @Test func `those that stay leave connections to those that do not`() async throws {
        try await CustomerListener.run(limits: ListenerLimits(connectionsMax: 8)) { listener in
            let (token, peer) = try await addPeer(listener)
            var streams: [HTTPClientResponse] = []
            for _ in 0..<6 { streams.append(try await listener.request(.GET, "/v1/events", token: token)) }
            let crowded = try await listener.request(.GET, "/v1/events", token: token)
            #expect(crowded.status == .serviceUnavailable)
            #expect(crowded.headers.first(name: "retry-after") == "30")
            #expect(try await listener.status(.GET, "/v1/peers/\(peer)", token: token) == 200)
            #expect(streams.count == 6)
        }
    }
}
