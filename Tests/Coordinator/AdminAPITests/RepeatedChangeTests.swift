import Database
import Store
import Testing

@testable import API

/// Operators' changes that come twice with one `Idempotency-Key`.
@Suite(.timeLimit(.minutes(10))) struct RepeatedChangeTests {
    private let key = ["Idempotency-Key": "k1"]

    @Test func `a late repetition of a cordon cordons no node that was uncordoned since`() async throws {
        try await AdminBench.run { bench in
            try await bench.addNode("exit1")
            let bob = try await bench.add("bob")
            try await bench.withClient(as: try await bench.add()) { client in
                let first = try await bench.send("POST", "nodes/exit1/cordon", by: client, headers: key)
                #expect(first.status == 200 && first["cordoned"] == true)
                #expect(try await bench.send("POST", "nodes/exit1/uncordon", by: client).status == 200)
                let late = try await bench.send("POST", "nodes/exit1/cordon", by: client, headers: key)
                #expect(late.status == 200 && late["cordoned"] == true)
                #expect(late.headers["idempotency-replayed"] == "true")
                #expect(try await bench.store.node(named: "exit1")?.isCordoned == false)
                let other = try await bench.send("POST", "nodes/exit1/uncordon", by: client, headers: key)
                #expect(other.problem == "idempotency-key-reused")
            }
            let his = try await bench.send("POST", "nodes/exit1/cordon", as: bob, headers: key)
            #expect(his.status == 200, "a key is one operator's own")
            #expect(try await bench.store.node(named: "exit1")?.isCordoned == true)
        }
    }

    @Test func `a rollout that was rolled back is not started again by a repetition`() async throws {
        try await AdminBench.run { bench in
            try await bench.addNode("exit1")
            let body = #"{"version": "1.4.0"}"#
            try await bench.withClient(as: try await bench.add()) { client in
                let first = try await bench.send("POST", "rollouts", body, by: client, headers: key)
                let id: String = try #require(first["id"])
                try await bench.execute("UPDATE rollouts SET state = 'rolled_back', ended_at = now()")
                let late = try await bench.send("POST", "rollouts", body, by: client, headers: key)
                #expect(late["id"] == id && late.headers["location"] == "/admin/v1/rollouts/\(id)")
                #expect(try await bench.text("SELECT count(*)::text FROM rollouts") == "1")
            }
        }
    }

    @Test func `a refused change leaves its key free, and one under way is waited for`() async throws {
        try await AdminBench.run { bench in
            try await bench.withClient(as: try await bench.add()) { client in
                let unknown = try await bench.send("POST", "nodes/exit1/cordon", by: client, headers: key)
                #expect(unknown.problem == "unknown-node")
                try await bench.addNode("exit1")
                #expect(try await bench.send("POST", "nodes/exit1/cordon", by: client, headers: key).status == 200)
                try await bench.execute("UPDATE operator_requests SET status = NULL")
                let busy = try await bench.send("POST", "nodes/exit1/cordon", by: client, headers: key)
                #expect(busy.status == 409 && busy.problem == "request-under-way")
                // As after kill -9: nobody is at it any more.
                try await bench.execute("UPDATE operator_requests SET begun_at = now() - interval '1 minute'")
                #expect(try await bench.send("POST", "nodes/exit1/cordon", by: client, headers: key).status == 200)
            }
        }
    }

    @Test func `a join token that was revoked is told again as it was, and enrols nobody`() async throws {
        try await AdminBench.run { bench in
            let body = #"{"region": "fra1"}"#
            try await bench.withClient(as: try await bench.add()) { client in
                let first = try await bench.send("POST", "join-tokens", body, by: client, headers: key)
                let listed = try await bench.send("GET", "join-tokens", by: client)
                let tokens: [[String: Any]] = try #require(listed["join_tokens"])
                let id = try #require(tokens.first?["id"] as? String)
                #expect(try await bench.send("DELETE", "join-tokens/\(id)", by: client).status == 204)
                let late = try await bench.send("POST", "join-tokens", body, by: client, headers: key)
                #expect(late["token"] as String? == first["token"])
                #expect(try await bench.text("SELECT count(*)::text FROM join_tokens WHERE expires_at > now()") == "0")
            }
        }
    }

    @Test func `a member that comes twice is refused, at any depth`() async throws {
        try await AdminBench.run { bench in
            try await bench.addNode("exit1")
            try await bench.withClient(as: try await bench.add()) { client in
                for body in [#"{"capacity": 1, "capacity": 2}"#, #"{"labels": {"a": "1", "a": "2"}}"#] {
                    let answer = try await bench.send("PATCH", "nodes/exit1", body, by: client)
                    #expect(answer.status == 422 && answer["detail"] == "It must not come twice.")
                }
            }
        }
    }
}
