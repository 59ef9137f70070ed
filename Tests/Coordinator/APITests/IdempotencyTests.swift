import Cryptography
import Database
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Model
import Store
import Testing

@testable import API

/// What is asked twice with one `Idempotency-Key` happens once, and is answered the same for a day.
@Suite(.timeLimit(.minutes(10)))
struct IdempotencyTests {
    private let headers: HTTPFields = [HTTPField.Name("Idempotency-Key")!: "retry-1"]
    private let replayed = HTTPField.Name("Idempotency-Replayed")!

    private func newPeer() -> [String: String] {
        ["public_key": WireGuardKeyPair.generate().publicKey.base64, "region": "fra1"]
    }

    @Test func `a peer that was deleted is not made again by a late repetition, at another instance neither`()
        async throws
    {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let body = newPeer()
            let first = try await fixture.post("/v1/peers", body, token: token, headers: headers)
            #expect(first.status == 202)
            let path = try #require(first.headers[.location])
            #expect(try await fixture.send(.delete, path, token: token).status == 204)
            let again = try await fixture.post("/v1/peers", body, token: token, headers: headers)
            #expect(again.status == first.status && again.body == first.body)
            #expect(again.headers[.location] == path && again.headers[replayed] == "true")
            let other = try await elsewhere(fixture, body, token)
            #expect(other.status == first.status && other.body == first.body)
            #expect(try await fixture.count("SELECT count(*) FROM peers") == 0)
            let changed = try await fixture.post("/v1/peers", newPeer(), token: token, headers: headers)
            #expect(changed.status == 422 && changed.problem == "idempotency-key-reused")
        }
    }

    /// The same request to an instance that has just started.
    private func elsewhere(_ fixture: APIFixture, _ body: [String: String], _ token: String) async throws -> Answer {
        let standing = StandingRequests(allMax: 100, keepAlive: .seconds(15))
        let application = Application(router: CustomerAPI.router(fixture.dependencies, standing: standing))
        return try await application.test(.router) { client in
            let other = APIFixture(
                store: fixture.store,
                client: client,
                changeFeed: fixture.changeFeed,
                peerFeed: fixture.peerFeed,
                dependencies: fixture.dependencies
            )
            return try await other.post("/v1/peers", body, token: token, headers: headers)
        }
    }

    @Test func `an answer that was lost is made from what is there, and nothing is made again`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let body = newPeer()
            let first = try await fixture.post("/v1/peers", body, token: token, headers: headers)
            // As after kill -9 between the commit and the answer.
            try await lose(fixture)
            let again = try await fixture.post("/v1/peers", body, token: token, headers: headers)
            #expect(try again.field("id") == first.field("id"))
            try await lose(fixture)
            let path = try #require(first.headers[.location])
            #expect(try await fixture.send(.delete, path, token: token).status == 204)
            let late = try await fixture.post("/v1/peers", body, token: token, headers: headers)
            #expect(late.status == 410 && late.problem == "peer-gone")
            #expect(try await fixture.count("SELECT count(*) FROM peers") == 0)
        }
    }

    private func lose(_ fixture: APIFixture) async throws {
        try await fixture.store.pool.transaction { transaction in
            try transaction.script("UPDATE idempotency_keys SET status = NULL, answer = NULL, location = NULL")
        }
    }

    @Test func `what the node refused is refused again, with the same key`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let body = newPeer()
            _ = try await fixture.post("/v1/peers", body, token: token, headers: headers)
            try await lose(fixture)
            try await fixture.store.pool.transaction { transaction in
                try transaction.script("UPDATE assignments SET refused_reason = 'no memory'")
            }
            for _ in 0..<2 {
                let answer = try await fixture.post("/v1/peers", body, token: token, headers: headers)
                #expect(answer.status == 503 && answer.problem == "peer-refused")
            }
            #expect(try await fixture.count("SELECT count(*) FROM peers") == 0)
        }
    }

    @Test func `a move to another server happens once, however late it is repeated`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let made = try await fixture.post("/v1/peers", newPeer(), token: token)
            try await fixture.acknowledgeAll()
            try await APIFixture.addNode(in: fixture.store.pool, capacity: 100, name: "exit2")
            let path = "/v1/peers/\(try made.field("id"))/move"
            let first = try await fixture.post(path, [:], token: token, headers: headers)
            #expect(first.status == 202)
            try await fixture.acknowledgeAll()
            // The answer was lost, and the move goes on: it is finished, and not begun anew.
            try await lose(fixture)
            #expect(try await fixture.post(path, [:], token: token, headers: headers).status == 200)
            #expect(try await fixture.post(path, [:], token: token, headers: headers).status == 200)
            try await lose(fixture)
            #expect(try await fixture.post(path, [:], token: token, headers: headers).status == 200)
            #expect(try await fixture.count("SELECT count(*) FROM assignments WHERE moves_from IS NOT NULL") == 0)
            let other = try await fixture.post(path, ["region": "fra1"], token: token, headers: headers)
            #expect(other.problem == "idempotency-key-reused")
        }
    }

    @Test func `a token is rotated once for each key, and a key stands for one request on all routes`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let path = "/v1/subscription-tokens/rotate"
            let first = try await fixture.send(.post, path, token: token, headers: headers)
            let again = try await fixture.send(.post, path, token: token, headers: headers)
            #expect(first.status == 201 && again.status == 201)
            #expect(first.body == again.body)
            let successor = try first.field("token")
            #expect(try await fixture.send(.get, "/v1/subscription", token: successor).status == 200)
            let peer = try await fixture.post("/v1/peers", newPeer(), token: token, headers: headers)
            #expect(peer.problem == "idempotency-key-reused")
            #expect(try await fixture.count("SELECT count(*) FROM peers") == 0)
        }
    }

    @Test func `four claims of one order at once get one token, and it is good`() async throws {
        try await APIFixture.with { fixture in
            let secret = RandomBytes.make(32)
            try await fixture.addPaidOrder(secret)
            let body = ["claim_secret": Hexadecimal.encode(secret)]
            let answers = try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask { try await fixture.post("/v1/subscription-tokens", body, token: nil) }
                }
                return try await group.reduce(into: [Answer]()) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 201 })
            let tokens = Set(try answers.map { try $0.field("token") })
            #expect(tokens.count == 1)
            for token in tokens {
                #expect(try await fixture.send(.get, "/v1/subscription", token: token).status == 200)
            }
        }
    }
}
