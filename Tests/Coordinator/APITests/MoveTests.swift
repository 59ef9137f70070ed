import Cryptography
import Database
import Foundation
import HTTPTypes
import Model

import Testing

@testable import API
@testable import Store

@Suite(.timeLimit(.minutes(10)))
struct MoveTests {
    private static let elsewhere = "ams1"

    private func with(_ body: @escaping @Sendable (APIFixture, _ token: String, _ peer: String) async throws -> Void)
        async throws
    {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let key = WireGuardKeyPair.generate().publicKey.base64
            let made = try await fixture.post(
                "/v1/peers",
                ["public_key": key, "region": APIFixture.region],
                token: token
            )
            try await fixture.acknowledgeAll()
            try await APIFixture.addNode(in: fixture.store.pool, capacity: 100, name: "exit2")
            try await APIFixture.addNode(in: fixture.store.pool, capacity: 100, name: "exit3", region: Self.elsewhere)
            try await body(fixture, token, try made.field("id"))
        }
    }

    private func server(_ fixture: APIFixture, _ token: String, _ peer: String) async throws -> String {
        let answer = try await fixture.send(.get, "/v1/peers/\(peer)/config", token: token)
        let text = String(decoding: answer.body, as: UTF8.self)
        return text.split(separator: "\n").first { $0.hasPrefix("Endpoint") }.map(String.init) ?? ""
    }

    @Test func `a peer moves to another server of its region, and keeps the old one until the new one has it`()
        async throws
    {
        try await with { fixture, token, peer in
            let begun = try await fixture.post("/v1/peers/\(peer)/move", [:], token: token)
            #expect(begun.status == 202)
            #expect(try await server(fixture, token, peer) == "Endpoint = exit1.example.net:51820")
            try await fixture.acknowledgeAll()
            let done = try await fixture.post("/v1/peers/\(peer)/move", [:], token: token)
            #expect(done.status == 200)
            #expect(try await server(fixture, token, peer) == "Endpoint = exit2.example.net:51820")
            #expect(try await fixture.count("SELECT count(*) FROM assignments WHERE state = 'lingering'") == 1)
        }
    }

    @Test func `asked again for the region where it is, it stays`() async throws {
        try await with { fixture, token, peer in
            let same = try await fixture.post("/v1/peers/\(peer)/move", ["region": APIFixture.region], token: token)
            #expect(same.status == 200)
            #expect(try await fixture.count("SELECT count(*) FROM assignments") == 1)
            _ = try await fixture.post("/v1/peers/\(peer)/move", ["region": Self.elsewhere], token: token)
            try await fixture.acknowledgeAll()
            for _ in 0..<2 {
                let moved = try await fixture.post("/v1/peers/\(peer)/move", ["region": Self.elsewhere], token: token)
                #expect(moved.status == 200)
                #expect(try moved.field("region") == Self.elsewhere)
            }
            #expect(try await fixture.count("SELECT count(*) FROM audit_entries WHERE action = 'peer.moved'") == 1)
        }
    }

    @Test func `a move to a third place while one is under way is refused`() async throws {
        try await with { fixture, token, peer in
            _ = try await fixture.post("/v1/peers/\(peer)/move", ["region": Self.elsewhere], token: token)
            let other = try await fixture.post("/v1/peers/\(peer)/move", [:], token: token)
            #expect(other.status == 409)
            #expect(other.problem == "move-in-progress")
        }
    }

    @Test func `whoever wanders holds one place besides his own`() async throws {
        try await with { fixture, token, peer in
            for region in [Self.elsewhere, APIFixture.region, Self.elsewhere, APIFixture.region] {
                _ = try await fixture.post("/v1/peers/\(peer)/move", ["region": region], token: token)
                try await fixture.acknowledgeAll()
                let moved = try await fixture.post("/v1/peers/\(peer)/move", ["region": region], token: token)
                #expect(moved.status == 200)
                #expect(
                    try await fixture.count(
                        "SELECT count(*) FROM assignments WHERE state = 'lingering' AND linger_until > now()"
                    ) == 1
                )
            }
        }
    }

    @Test func `what cannot be is told, and changes nothing`() async throws {
        try await with { fixture, token, peer in
            let stranger = try await fixture.token()
            let unknown = try await fixture.post("/v1/peers/\(peer)/move", ["region": "mars1"], token: token)
            #expect(unknown.problem == "unknown-region")
            let foreign = try await fixture.post("/v1/peers/\(peer)/move", [:], token: stranger)
            #expect(foreign.status == 404)
            let nobody = try await fixture.post("/v1/peers/\(peer)/move", [:], token: nil)
            #expect(nobody.status == 401)
            let huge = try await fixture.send(
                .post,
                "/v1/peers/\(peer)/move",
                body: Data(repeating: 0x20, count: 1 << 20),
                token: token
            )
            #expect(huge.status == 413)
            let wrong = try await fixture.send(.post, "/v1/peers/\(peer)/move", body: Data("[]".utf8), token: token)
            #expect(wrong.problem == "malformed-json")
            #expect(try await fixture.count("SELECT count(*) FROM assignments") == 1)
        }
    }

    @Test func `the last server of a region has no other`() async throws {
        try await with { fixture, token, peer in
            _ = try await fixture.post("/v1/peers/\(peer)/move", ["region": Self.elsewhere], token: token)
            try await fixture.acknowledgeAll()
            _ = try await fixture.post("/v1/peers/\(peer)/move", ["region": Self.elsewhere], token: token)
            let answer = try await fixture.post("/v1/peers/\(peer)/move", [:], token: token)
            #expect(answer.problem == "no-other-server")
        }
    }

    @Test func `whoever waits with an entity tag is told of a move`() async throws {
        try await with { fixture, token, peer in
            let first = try await fixture.send(.get, "/v1/peers/\(peer)", token: token)
            let tag = try #require(first.headers[.eTag])
            async let waited = fixture.send(
                .get,
                "/v1/peers/\(peer)?wait=60",
                token: token,
                headers: [.ifNoneMatch: tag]
            )
            _ = try await fixture.post("/v1/peers/\(peer)/move", [:], token: token)
            try await fixture.acknowledgeAll()
            _ = try await fixture.post("/v1/peers/\(peer)/move", [:], token: token)
            let answer = try await waited
            #expect(answer.status == 200)
            #expect(answer.headers[.eTag] != tag)
        }
    }

    @Test func `the poll finds what the controllers have switched`() async throws {
        try await with { fixture, token, peer in
            _ = try await fixture.post("/v1/peers/\(peer)/move", [:], token: token)
            try await fixture.acknowledgeAll()
            let owner = try await fixture.store.pool.read { transaction in
                try transaction.query("SELECT subscription_id FROM peers")[0].uuid("subscription_id")
            }
            let changes = fixture.peerFeed.changes(of: try #require(.init(bytes: owner)))
            _ = try await fixture.store.switchMoves(linger: .seconds(60), limit: 10, now: .init(seconds: 2_000_000_000))
            try await fixture.peerFeed.poll()
            var iterator = changes.makeAsyncIterator()
            #expect(await iterator.next() != nil)
        }
    }
}
