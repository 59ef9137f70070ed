import Database
import HTTPTypes
import Store
import Testing

@testable import API

@Suite(.timeLimit(.minutes(10)))
struct TokenTests {
    @Test func `a token is rotated over the API, and its answer is stored nowhere`() async throws {
        try await APIFixture.with { fixture in
            let first = try await fixture.token()
            let answer = try await fixture.send(.post, "/v1/subscription-tokens/rotate", token: first)
            #expect(answer.status == 201)
            #expect(answer.headers[.cacheControl] == "no-store")
            let second = try answer.field("token")
            #expect(second != first)
            for token in [first, second] {
                #expect(try await fixture.send(.get, "/v1/subscription", token: token).status == 200)
            }
        }
    }

    @Test func `a revoked token is refused from the next request on`() async throws {
        try await APIFixture.with { fixture in
            let first = try await fixture.token()
            let second = try await fixture.send(.post, "/v1/subscription-tokens/rotate", token: first).field("token")
            #expect(try await fixture.send(.delete, "/v1/subscription-tokens/current", token: first).status == 204)
            #expect(try await fixture.send(.get, "/v1/subscription", token: first).status == 401)
            #expect(try await fixture.send(.delete, "/v1/subscription-tokens", token: second).status == 204)
            #expect(try await fixture.send(.get, "/v1/subscription", token: second).status == 401)
            #expect(try await fixture.send(.delete, "/v1/subscription-tokens", token: second).status == 401)
        }
    }

    @Test func `a subscription has no more than eight good tokens`() async throws {
        try await APIFixture.with { fixture in
            let first = try await fixture.token()
            for _ in 0..<7 {
                #expect(try await fixture.send(.post, "/v1/subscription-tokens/rotate", token: first).status == 201)
            }
            let answer = try await fixture.send(.post, "/v1/subscription-tokens/rotate", token: first)
            #expect(answer.status == 429)
            #expect(answer.problem == "too-many-tokens")
            #expect(answer.headers[.retryAfter] != nil)
        }
    }

    @Test func `an account is erased with its peers, and says what is kept`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
            let made = try await fixture.post("/v1/peers", ["public_key": key, "region": "fra1"], token: token)
            #expect(made.status == 202)
            let answer = try await fixture.send(.delete, "/v1/account", token: token)
            #expect(answer.status == 200)
            #expect(String(decoding: answer.body, as: UTF8.self).contains(#""kept":["store_reference"]"#))
            #expect(try await fixture.count("SELECT count(*) FROM peers") == 0)
            #expect(try await fixture.count("SELECT count(*) FROM assignments WHERE state <> 'removing'") == 0)
            #expect(try await fixture.send(.get, "/v1/subscription", token: token).status == 401)
        }
    }

    @Test func `a frozen peer says so, and has no configuration and no move`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
            let id = try await fixture.post("/v1/peers", ["public_key": key, "region": "fra1"], token: token)
                .field("id")
            try await fixture.store.pool.transaction { transaction in
                try transaction.script("DELETE FROM assignments; UPDATE peers SET frozen_at = now()")
            }
            #expect(try await fixture.send(.get, "/v1/peers/\(id)", token: token).field("state") == "frozen")
            let configuration = try await fixture.send(.get, "/v1/peers/\(id)/config", token: token)
            #expect(configuration.status == 409 && configuration.problem == "peer-frozen")
            let move = try await fixture.post("/v1/peers/\(id)/move", ["region": "fra1"], token: token)
            #expect(move.status == 409 && move.problem == "peer-frozen")
        }
    }
}
