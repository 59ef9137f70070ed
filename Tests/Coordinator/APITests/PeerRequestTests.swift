import Cryptography
import Database
import Foundation
import HTTPTypes
import Model
import Store
import Testing

@testable import API

@Suite(.timeLimit(.minutes(10)))
struct PeerRequestTests {
    private func newKey() -> String { WireGuardKeyPair.generate().publicKey.base64 }

    @Test func `a peer is answered with 202 while its node is silent, and can be read and configured`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let key = newKey()
            let made = try await fixture.post("/v1/peers", ["public_key": key, "region": "fra1"], token: token)
            #expect(made.status == 202)
            #expect(try made.field("state") == "installing")
            #expect(try made.field("public_key") == key)
            let path = try #require(made.headers[.location])
            let read = try await fixture.send(.get, path, token: token)
            #expect(read.status == 200 && read.headers[.eTag] == made.headers[.eTag])
            let config = try await fixture.send(.get, path + "/config", token: token)
            let text = String(decoding: config.body, as: UTF8.self)
            #expect(config.status == 200 && text.contains("Endpoint = exit1.example.net:51820"))
            let unchanged = try await fixture.send(
                .get,
                path,
                token: token,
                headers: [.ifNoneMatch: try #require(read.headers[.eTag])]
            )
            #expect(unchanged.status == 304)
            #expect(try await fixture.send(.delete, path, token: token).status == 204)
            #expect(try await fixture.send(.get, path, token: token).problem == "not-found")
            #expect(try await fixture.send(.delete, path, token: token).problem == "not-found")
        }
    }

    @Test(arguments: [nil, "", "nonsense", "hf_" + String(repeating: "a", count: 49)])
    func `without a good token nothing is done`(token: String?) async throws {
        try await APIFixture.with { fixture in
            for path in ["/v1/peers", "/v1/subscription"] {
                let answer = try await fixture.send(.get, path, token: token)
                #expect(answer.status == 401 && answer.problem == "unauthenticated")
                #expect(answer.headers[.wwwAuthenticate] == "Bearer")
            }
            let unknown = SubscriptionToken.generate().text.reveal()
            #expect(try await fixture.send(.get, "/v1/peers", token: unknown).problem == "unauthenticated")
        }
    }

    @Test func `another customer's peer is not found`() async throws {
        try await APIFixture.with { fixture in
            let owner = try await fixture.token()
            let other = try await fixture.token()
            let made = try await fixture.post("/v1/peers", ["public_key": newKey(), "region": "fra1"], token: owner)
            let path = try #require(made.headers[.location])
            for method in [HTTPRequest.Method.get, .delete] {
                let answer = try await fixture.send(method, path, token: other)
                #expect(answer.status == 404 && answer.problem == "not-found")
            }
            #expect(try await fixture.send(.get, path + "/config", token: other).status == 404)
            #expect(try await fixture.send(.get, "/v1/peers/nonsense", token: other).status == 404)
        }
    }

    @Test(arguments: [
        "", "AAAA", "not base64 at all", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA=",
    ])
    func `a key that is none is refused, and nothing is written`(key: String) async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let answer = try await fixture.post("/v1/peers", ["public_key": key, "region": "fra1"], token: token)
            #expect(answer.status == 422 && answer.problem == "malformed-key")
            #expect(try await fixture.count("SELECT count(*) FROM peers") == 0)
        }
    }

    @Test func `a key in use, an unknown region and a reached limit have their own problems`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let key = newKey()
            let first = try await fixture.post("/v1/peers", ["public_key": key, "region": "fra1"], token: token)
            #expect(first.status == 202)
            let again = try await fixture.post("/v1/peers", ["public_key": key, "region": "fra1"], token: token)
            #expect(again.status == 409 && again.problem == "key-in-use")
            for region in ["ams1", "No Region"] {
                let answer = try await fixture.post(
                    "/v1/peers",
                    ["public_key": newKey(), "region": region],
                    token: token
                )
                #expect(answer.status == 422 && answer.problem == "unknown-region")
            }
            _ = try await fixture.post("/v1/peers", ["public_key": newKey(), "region": "fra1"], token: token)
            let third = try await fixture.post("/v1/peers", ["public_key": newKey(), "region": "fra1"], token: token)
            #expect(third.status == 409 && third.problem == "peer-limit-reached")
        }
    }

    @Test func `a full region says so, and when to come back`() async throws {
        try await APIFixture.with(nodeCapacity: 1) { fixture in
            let token = try await fixture.token()
            _ = try await fixture.post("/v1/peers", ["public_key": newKey(), "region": "fra1"], token: token)
            let answer = try await fixture.post("/v1/peers", ["public_key": newKey(), "region": "fra1"], token: token)
            #expect(answer.status == 503 && answer.problem == "region-full")
            #expect(answer.headers[.retryAfter] != nil)
        }
    }

    @Test func `an Idempotency-Key gives the same peer again, and refuses another body`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let headers: HTTPFields = [try #require(HTTPField.Name("Idempotency-Key")): "retry-1"]
            let body = ["public_key": newKey(), "region": "fra1"]
            let first = try await fixture.post("/v1/peers", body, token: token, headers: headers)
            let second = try await fixture.post("/v1/peers", body, token: token, headers: headers)
            #expect(try first.field("id") == second.field("id"))
            let other = try await fixture.post(
                "/v1/peers",
                ["public_key": newKey(), "region": "fra1"],
                token: token,
                headers: headers
            )
            #expect(other.status == 422 && other.problem == "idempotency-key-reused")
            #expect(try await fixture.count("SELECT count(*) FROM peers") == 1)
        }
    }

    @Test func `a request without an answer is told what the only node refused since, and nothing is kept`()
        async throws
    {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let headers: HTTPFields = [try #require(HTTPField.Name("Idempotency-Key")): "retry-2"]
            let body = ["public_key": newKey(), "region": "fra1"]
            #expect(try await fixture.post("/v1/peers", body, token: token, headers: headers).status == 202)
            try await fixture.script("UPDATE idempotency_keys SET status = NULL")
            try await fixture.store.pool.transaction { transaction in
                _ = try transaction.execute("UPDATE assignments SET refused_reason = 'the key is the node''s own'")
            }
            let again = try await fixture.post("/v1/peers", body, token: token, headers: headers)
            #expect(again.status == 503 && again.problem == "peer-refused")
            #expect(try await fixture.count("SELECT count(*) FROM peers") == 0)
        }
    }

    @Test func `what one node refused is given to another, and the app keeps its peer`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let headers: HTTPFields = [try #require(HTTPField.Name("Idempotency-Key")): "retry-3"]
            let body = ["public_key": newKey(), "region": "fra1"]
            let first = try await fixture.post("/v1/peers", body, token: token, headers: headers)
            try await APIFixture.addNode(in: fixture.store.pool, capacity: 100, name: "exit2")
            // The first answer was lost: one that was kept is given again, whatever became of the peer.
            try await fixture.script("UPDATE idempotency_keys SET status = NULL")
            try await fixture.store.pool.transaction { transaction in
                _ = try transaction.execute("UPDATE assignments SET refused_reason = 'no memory'")
            }
            let again = try await fixture.post("/v1/peers", body, token: token, headers: headers)
            #expect(again.status == 202)
            #expect(try again.field("id") == first.field("id"))
            #expect(
                try await fixture.count(
                    """
                    SELECT count(*) FROM assignments a JOIN nodes n ON n.id = a.node_id
                    WHERE n.name = 'exit2' AND a.state = 'installing' AND a.refused_reason IS NULL
                    """
                ) == 1
            )
        }
    }

    @Test func `a server's own public key gets 422 server-key, and nothing is placed`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let key = try await fixture.store.pool.read { transaction in
                try transaction.query("SELECT wireguard_public_key FROM nodes")[0].bytes("wireguard_public_key")
            }
            let body = ["public_key": Data(key).base64EncodedString(), "region": "fra1"]
            let answer = try await fixture.post("/v1/peers", body, token: token)
            #expect(answer.status == 422 && answer.problem == "server-key")
            #expect(try await fixture.count("SELECT count(*) FROM assignments") == 0)
        }
    }

    @Test func `a server without IPv6 says so, and its configuration keeps IPv6 in the tunnel`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let body = ["public_key": newKey(), "region": "fra1"]
            let peer = try await fixture.post("/v1/peers", body, token: token)
            let path = "/v1/peers/\(try peer.field("id"))"
            let before = try await fixture.send(.get, path, token: token)
            #expect(String(decoding: before.body, as: UTF8.self).contains(#""ipv6":true"#))
            try await fixture.store.pool.transaction { transaction in
                _ = try transaction.execute("UPDATE nodes SET ipv6_unavailable = true")
            }
            let after = try await fixture.send(.get, path, token: token)
            #expect(String(decoding: after.body, as: UTF8.self).contains(#""ipv6":false"#))
            let text = String(
                decoding: try await fixture.send(.get, path + "/config", token: token).body,
                as: UTF8.self
            )
            #expect(text.contains("AllowedIPs = 0.0.0.0/0, ::/0\n"))
            #expect(text.contains("# This server reaches nothing over IPv6."))
        }
    }

    @Test func `a region whose only node is out of order takes no peer and says so`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            try await fixture.store.pool.transaction { transaction in
                _ = try transaction.execute(
                    """
                    UPDATE nodes SET condition_kinds = '{route}', condition_details = '{gone}', conditions_since = now()
                    """
                )
            }
            let regions = try await fixture.send(.get, "/v1/regions", token: token)
            let text = String(decoding: regions.body, as: UTF8.self)
            #expect(text.contains(#""available":false"#))
            let answer = try await fixture.post(
                "/v1/peers",
                ["public_key": newKey(), "region": "fra1"],
                token: token
            )
            #expect(answer.status == 503 && answer.problem == "region-unavailable")
        }
    }

    @Test func `bodies that are huge, of another type or no JSON are refused`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let huge = Data(repeating: 0x20, count: 100_000)
            #expect(try await fixture.send(.post, "/v1/peers", body: huge, token: token).problem == "body-too-large")
            let form = try await fixture.send(
                .post,
                "/v1/peers",
                body: Data("a=b".utf8),
                token: token,
                contentType: "application/x-www-form-urlencoded"
            )
            #expect(form.status == 415 && form.problem == "unsupported-media-type")
            for text in ["", "{", "[]", "null", #"{"public_key":1,"region":"fra1"}"#, #"{"region":"fra1"}"#] {
                let answer = try await fixture.send(.post, "/v1/peers", body: Data(text.utf8), token: token)
                #expect(answer.status == 400 && answer.problem == "malformed-json", "\(text)")
            }
            #expect(try await fixture.send(.get, "/v1/nothing", token: token).problem == "not-found")
            #expect(try await fixture.send(.get, "/v1/peers/x?wait=-1", token: token).status == 404)
        }
    }
}
