import DaemonRuntime
import Database
import Foundation
import Model
import Store
import Testing

@testable import API

/// Requests that are wrong in ways which must not turn them into others.
@Suite(.serialized, .timeLimit(.minutes(10))) struct HostileRequestTests {
    @Test func `a known path with another method is answered with the methods that there are`() async throws {
        try await AdminBench.run { bench in
            try await bench.addNode("exit1")
            try await bench.withClient(as: try await bench.add()) { client in
                let put = try await bench.send("PUT", "nodes/exit1", by: client)
                #expect(put.status == 405)
                #expect(put.problem == "method-not-allowed")
                #expect(put.headers["allow"] == "GET, PATCH")
                #expect(try await bench.send("GET", "nodes/exit1/drain", by: client).headers["allow"] == "POST")
                #expect(try await bench.send("PUT", "no-such-thing", by: client).status == 404)
            }
            #expect(try await bench.send("PUT", "nodes/exit1", as: nil).status == 401)
        }
    }

    @Test func `a change that takes no body refuses one, and is not made`() async throws {
        try await AdminBench.run { bench in
            try await bench.addNode("exit1")
            try await bench.withClient(as: try await bench.add()) { client in
                let careful = try await bench.send("POST", "nodes/exit1/cordon", #"{"dry_run": true}"#, by: client)
                #expect(careful.status == 422)
                #expect(careful.problem == "malformed-field")
                let list = try await bench.send("POST", "nodes/exit1/cordon", "[]", by: client)
                #expect(list.status == 400)
                #expect(try await bench.store.node(named: "exit1")?.isCordoned == false)
                #expect(try await bench.send("POST", "nodes/exit1/cordon", "{}", by: client).status == 200)
            }
        }
    }

    @Test(arguments: [
        "nodes?limit=1&limit=2", "nodes?limit=0", "nodes?limit=-1", "nodes?limit=NaN",
        "nodes?limit=99999999999999999999",
        "nodes?region=%00", "nodes?nothing=1", "nodes?%6cimit=1", "audit?after=x", "audit?since=NaN",
        "operations?after=1", "audit/verify?position=1", "audit/verify?head=ab", "peers?public_key=%ff",
        "operations/11111111-2222-4333-8444-555555555555?wait=61",
    ])
    func `a query that says nothing clear is refused`(path: String) async throws {
        try await AdminBench.run { bench in
            let answer = try await bench.send("GET", path, as: try await bench.add())
            #expect(answer.status == 422)
            #expect(answer.problem == "malformed-field")
        }
    }

    @Test func `names in paths are decoded, and what is no name names nothing`() async throws {
        try await AdminBench.run { bench in
            try await bench.addNode("exit1")
            try await bench.withClient(as: try await bench.add()) { client in
                #expect(try await bench.send("GET", "nodes/%65xit1", by: client).status == 200)
                let spaced = try await bench.send("GET", "nodes/a%20b", by: client)
                #expect(spaced["title"] == "No node is named 'a b'")
                for name in ["%00", "exit1%00", "%ff", "%", "%2", "%2e%2e", "..%2fnodes", "%0a"] {
                    #expect(try await bench.send("GET", "nodes/\(name)", by: client).status == 404, "\(name)")
                    #expect(try await bench.send("POST", "nodes/\(name)/cordon", by: client).status == 404, "\(name)")
                }
            }
        }
    }

    @Test func `a viewer who is refused all the time fills no log`() async throws {
        try await AdminBench.run { bench in
            try await bench.withClient(as: try await bench.add("vera", .viewer)) { client in
                for _ in 0..<20 {
                    let answer = try await bench.send("POST", "nodes/x/cordon", by: client)
                    #expect(answer.status == 403)
                }
            }
            await bench.services.refusals.finish()
            var filter = AuditFilter()
            filter.action = "admin.refused"
            let entries = try await bench.store.audit(filter, limit: 100)
            #expect(entries.count == 2)
            #expect(entries.first?.detail?.hasSuffix("19 times more within a minute") == true)
        }
    }

    @Test func `a rollback that takes too long stops, says what is left, and goes on when it is repeated`()
        async throws
    {
        try await AdminBench.run { bench in
            try await bench.addNode("exit1")
            var services = bench.services
            services.rollbackLimit = .zero
            let since = SystemClock.now() - .seconds(60)
            try await bench.withClient(as: try await bench.add()) { client in
                #expect(try await bench.send("POST", "nodes/exit1/cordon", by: client).status == 200)
                let edit = try await bench.send("PATCH", "nodes/exit1", #"{"capacity": 7}"#, by: client)
                #expect(edit.status == 200)
            }
            try await AdminBench.run(bench, services) { hurried in
                let body = #"{"node": "exit1", "since": "\#(since)"}"#
                try await hurried.withClient(as: try await hurried.add("bob")) { client in
                    let first = try await hurried.send("POST", "audit/rollback", body, by: client)
                    #expect(first["steps"] == 2 && first["done"] == 1 && first["left"] == 1)
                    let until: String = try #require(first["until"])
                    let rest = #"{"node": "exit1", "since": "\#(since)", "until": "\#(until)"}"#
                    let second = try await hurried.send("POST", "audit/rollback", rest, by: client)
                    #expect(second["done"] == 1 && second["left"] == 0)
                }
            }
            let node = try #require(try await bench.store.node(named: "exit1"))
            #expect(!node.isCordoned && node.capacity == 100)
        }
    }

    @Test func `an Idempotency-Key is good for one body alone`() async throws {
        try await AdminBench.run { bench in
            try await bench.withClient(as: try await bench.add()) { client in
                let key = ["Idempotency-Key": "k1"]
                let first = try await bench.send(
                    "POST",
                    "join-tokens",
                    #"{"region": "fra1"}"#,
                    by: client,
                    headers: key
                )
                #expect(first.status == 201)
                for body in [#"{"region": "ams1"}"#, #"{"region": "fra1", "lifetime_s": 61}"#] {
                    let other = try await bench.send("POST", "join-tokens", body, by: client, headers: key)
                    #expect(other.problem == "idempotency-key-reused")
                }
                let again = try await bench.send(
                    "POST",
                    "join-tokens",
                    #"{"region": "fra1"}"#,
                    by: client,
                    headers: key
                )
                #expect(again["token"] as String? == first["token"])
            }
        }
    }

    @Test func `a request whose node has just enrolled is not dismissed`() async throws {
        try await AdminBench.run { bench in
            let id = "11111111-2222-4333-8444-555555555555"
            try await bench.execute(
                """
                WITH t AS (INSERT INTO join_tokens (secret_hash, pepper_version, region, created_at, expires_at, redeemed_at)
                    VALUES ($2, 1, 'fra1', now(), now() + interval '1 hour', now()) RETURNING secret_hash)
                INSERT INTO capacity_requests (id, region, state, reason, join_token_hash, created_by, created_at,
                    next_attempt_at, expires_at)
                SELECT $1, 'fra1', 'accepted', 'test', secret_hash, 'system', now(), now(), now() + interval '1 hour' FROM t
                """,
                .uuid(try #require(CapacityRequestID(id)).bytes),
                .bytes([UInt8](repeating: 3, count: 32))
            )
            let answer = try await bench.send("POST", "capacity/\(id)/dismiss", as: try await bench.add())
            #expect(answer.status == 409)
            #expect(answer["title"] == "The request is over: its node has enrolled")
            #expect(try await bench.text("SELECT state FROM capacity_requests") == "accepted")
        }
    }
}
