import Database
import Foundation
import Model
import Store
import Testing

@testable import API

@Suite(.serialized, .timeLimit(.minutes(10))) struct NodeRouteTests {
    @Test func `nodes are listed by region and name, in pages`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            for (name, region) in [("b", "fra1"), ("a", "fra1"), ("c", "ams1")] {
                try await bench.addNode(name, region: region)
            }
            let first = try await bench.send("GET", "nodes?limit=2", as: alice)
            let names = (first["nodes"] as [[String: Any]]?)?.compactMap { $0["name"] as? String }
            #expect(names == ["c", "a"])
            #expect(first["next"] == "a")
            let second = try await bench.send("GET", "nodes?limit=2&after=a", as: alice)
            #expect((second["nodes"] as [[String: Any]]?)?.compactMap { $0["name"] as? String } == ["b"])
            #expect(second["next"] == String?.none)
        }
    }

    @Test func `a node is found by its id wherever it is found by its name`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            let id = try await bench.addNode("exit1")
            // A name that looks like another node's id leads nobody astray.
            try await bench.addNode("\(id)")
            #expect(try await bench.send("GET", "nodes/\(id)", as: alice)["name"] == "exit1")
            #expect(try await bench.send("PATCH", "nodes/\(id)", #"{"capacity": 7}"#, as: alice)["name"] == "exit1")
            #expect(try await bench.send("POST", "nodes/\(id)/cordon", as: alice)["cordoned"] == true)
            let audit = try await bench.send("GET", "audit?node=\(id)&action=node.cordoned", as: alice)
            #expect((audit["entries"] as [[String: Any]]?)?.count == 1)
            #expect(try await bench.send("POST", "nodes/\(id)/uncordon", as: alice)["cordoned"] == false)
            #expect(try await bench.send("POST", "nodes/\(id)/drain", "{}", as: alice).status == 202)
            let operations = try await bench.send("GET", "operations?node=\(id)", as: alice)
            #expect((operations["operations"] as [[String: Any]]?)?.count == 1)
            #expect(try await bench.send("POST", "nodes/\(id)/retire", #"{"force": true}"#, as: alice).status == 204)
            #expect(try await bench.store.node(named: "exit1") == nil)
        }
    }

    @Test func `a node says why it is closed, and its region how many are`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            try await bench.addNode("exit1")
            try await bench.addNode("exit2")
            try await bench.execute(
                """
                UPDATE nodes SET condition_kinds = '{clock}', condition_details = '{an hour fast}',
                    conditions_since = now() WHERE name = 'exit1'
                """
            )
            try await bench.execute("UPDATE nodes SET heard_at = NULL WHERE name = 'exit2'")
            let closed = try await bench.send("GET", "nodes/exit1", as: alice)
            #expect(closed["schedulable"] == false)
            #expect(closed["closed_by"] == ["clock"])
            #expect(closed["conditions"] == ["clock": "an hour fast"])
            let unheard = try await bench.send("GET", "nodes/exit2", as: alice)
            #expect(unheard["health"] == "unheard")
            #expect(unheard["closed_by"] == ["never-heard"])
            let regions = try await bench.send("GET", "regions", as: alice)["regions"] as [[String: Any]]?
            #expect(regions?.first?["closed"] as? [String: Int] == ["out-of-order": 1, "never-heard": 1])
            #expect(regions?.first?["schedulable"] as? Int == 0)
        }
    }

    @Test func `a node is edited, and the audit log says what it was`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            try await bench.addNode("exit1")
            let edited = try await bench.send(
                "PATCH",
                "nodes/exit1",
                #"{"capacity": 250, "labels": {"rack": "r7"}}"#,
                as: alice
            )
            #expect(edited.status == 200)
            #expect(edited["capacity"] == 250)
            #expect(edited["labels"] == ["rack": "r7"])
            var filter = AuditFilter()
            filter.action = "node.edited"
            let entry = try #require(try await bench.store.audit(filter, limit: 1).first)
            #expect(entry.actorName == "alice")
            #expect(entry.change?.contains(#""capacity": "100""#) == true)
            let removed = try await bench.send("PATCH", "nodes/exit1", #"{"labels": {"rack": null}}"#, as: alice)
            #expect(removed["labels"] == [String: String]())
        }
    }

    @Test func `an endpoint that waits is shown, and told to clients once it is accepted`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            try await bench.addNode("exit1")
            try await bench.store.pool.transaction { transaction in
                _ = try transaction.execute("UPDATE nodes SET health = 'alive', endpoint_pending = '5.9.1.1:53'")
            }
            let waiting = try await bench.send("GET", "nodes/exit1", as: alice)
            #expect(waiting["endpoint_pending"] == "5.9.1.1:53")
            #expect(waiting["schedulable"] == false)
            let accepted = try await bench.send("POST", "nodes/exit1/accept", as: alice)
            #expect(accepted.status == 200)
            #expect(accepted["endpoint"] == "5.9.1.1:53")
            #expect(accepted["schedulable"] == true)
            #expect(try await bench.send("POST", "nodes/exit9/accept", as: alice).status == 404)
        }
    }

    @Test(arguments: [
        #"{"a": "x\u202ey"}"#, #"{"a": "x\u009b31m"}"#, #"{"a": "x\ny"}"#, #"{"-a": "x"}"#, #"{"a\u200b": "x"}"#,
    ])
    func `a label that a terminal would obey, or that is no word, is refused`(labels: String) async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            try await bench.addNode("exit1")
            let answer = try await bench.send("PATCH", "nodes/exit1", #"{"labels": \#(labels)}"#, as: alice)
            #expect(answer.status == 422)
            #expect(try await bench.send("GET", "nodes/exit1", as: alice)["labels"] == [String: String]())
        }
    }

    @Test func `a node that is as the caller knows it is not sent again`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            try await bench.addNode("exit1")
            let tag = try #require(try await bench.send("GET", "nodes/exit1", as: alice).headers["etag"])
            let again = try await bench.send("GET", "nodes/exit1", as: alice, headers: ["If-None-Match": tag])
            #expect(again.status == 304)
        }
    }

    @Test func `a drain is planned, begun once, watched and cancelled`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            let exit1 = try await bench.addNode("exit1")
            try await bench.addNode("exit2")
            try await bench.addPeers(3, to: exit1)
            let plan = try await bench.send("POST", "nodes/exit1/drain", #"{"dry_run": true}"#, as: alice)
            #expect(plan.status == 200)
            #expect(plan["moves"] == 3)
            #expect((plan["text"] as String?)?.contains("exit2") == true)
            #expect(try await bench.store.operations(openOnly: true, limit: 10).isEmpty)

            let begun = try await bench.send("POST", "nodes/exit1/drain", #"{"linger_s": 60}"#, as: alice)
            #expect(begun.status == 202)
            let id: String = try #require(begun["id"])
            #expect(begun["linger_s"] == 60)
            #expect(begun["created_by"] == "operator alice")
            let again = try await bench.send("POST", "nodes/exit1/drain", as: alice)
            #expect(again["id"] == id)
            #expect(try await bench.send("POST", "nodes/exit1/uncordon", as: alice).problem == "being-drained")

            let version: String = try #require(begun["version"])
            async let watched = bench.send("GET", "operations/\(id)?wait=30&since=\(version)", as: alice)
            let cancelled = try await bench.send("POST", "operations/\(id)/cancel", as: alice)
            #expect(cancelled["state"] == "cancelling")
            #expect(try await watched["state"] == "cancelling")
        }
    }

    @Test func `a node with peers is retired only by force`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            let node = try await bench.addNode("exit1")
            try await bench.addPeers(2, to: node)
            let refused = try await bench.send("POST", "nodes/exit1/retire", as: alice)
            #expect(refused.status == 409)
            #expect(refused["title"] == "The node still has 2 peers")
            let forced = try await bench.send("POST", "nodes/exit1/retire", #"{"force": true}"#, as: alice)
            #expect(forced.status == 204)
            #expect(try await bench.send("GET", "nodes/exit1", as: alice).problem == "unknown-node")
        }
    }

    @Test func `a drain that is asked for wrongly changes nothing`() async throws {
        let wrong = [
            (#"{"lingers": 5}"#, 422, "malformed-field"), (#"{"linger_s": -1}"#, 422, "malformed-field"),
            (#"{"linger_s": 9999999}"#, 422, "malformed-field"), (#"{"deadline": "tomorrow"}"#, 422, "malformed-field"),
            (#"{"linger_s": "5"}"#, 400, "malformed-json"), ("[]", 400, "malformed-json"), ("{", 400, "malformed-json"),
            ("{\"deadline\": \"\(String(repeating: "x", count: 70_000))\"}", 413, "body-too-large"),
        ]
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            try await bench.addNode("exit1")
            for (body, status, problem) in wrong {
                let answer = try await bench.send("POST", "nodes/exit1/drain", body, as: alice)
                #expect(answer.status == status, "\(body.prefix(40))")
                #expect(answer.problem == problem, "\(body.prefix(40))")
            }
            #expect(try await bench.store.operations(openOnly: false, limit: 1).isEmpty)
        }
    }

    @Test func `a header beyond the limit ends the connection and nothing else`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            let answer = try? await bench.send(
                "GET",
                "whoami",
                as: alice,
                headers: ["X-Long": String(repeating: "x", count: 40_000)]
            )
            #expect(answer?.status != 200)
            #expect(try await bench.send("GET", "whoami", as: alice).status == 200)
        }
    }

    @Test func `a node's name is a name, whatever is in it`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            for name in ["../../v1/peers", "..%2f..%2flivez", "%00", "exit1%2Fdrain", "a%20b", "%ff%fe"] {
                let answer = try await bench.send("GET", "nodes/\(name)", as: alice)
                #expect(answer.status == 404, "\(name): \(answer.status)")
            }
        }
    }

    @Test func `a parameter that cannot be is refused`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            for path in Self.wrongPaths {
                let answer = try await bench.send("GET", path, as: alice)
                #expect(answer.status == 422, "\(path): \(answer.status)")
                #expect(answer.problem == "malformed-field", "\(path)")
            }
        }
    }

    private static let wrongPaths = [
        "nodes?region=%00", "nodes?after=%00", "operations?node=a%00b", "audit?actor=%0a", "audit?node=%7f",
        "audit?after=x", "audit?since=today", "audit?peer=x", "operations?after=x", "operations?open=yes",
        "capacity?limit=99999999999999999999", "audit/verify?head=zz&position=1", "audit/verify?head=\(head)",
        "audit/verify?head=\(head)&position=-1", "peers?public_key=%00", "peers",
    ]
    private static let head = String(repeating: "ab", count: 32)

    @Test func `a parameter that does not exist is refused`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            #expect(try await bench.send("GET", "nodes?regoin=fra1", as: alice).problem == "malformed-field")
            #expect(try await bench.send("GET", "nodes?limit=0", as: alice).problem == "malformed-field")
        }
    }

    @Test func `a join token is shown once, and again for the same idempotency key`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            let key = ["Idempotency-Key": "k1"]
            let made = try await bench.send("POST", "join-tokens", #"{"region": "fra1"}"#, as: alice, headers: key)
            #expect(made.status == 201)
            let token: String = try #require(made["token"])
            let again = try await bench.send("POST", "join-tokens", #"{"region": "fra1"}"#, as: alice, headers: key)
            #expect(again["token"] == token)
            let other = try await bench.send("POST", "join-tokens", #"{"region": "ams1"}"#, as: alice, headers: key)
            #expect(other.problem == "idempotency-key-reused")
            let bob = try await bench.add("bob")
            let bobs = try await bench.send("POST", "join-tokens", #"{"region": "fra1"}"#, as: bob, headers: key)
            #expect(bobs["token"] != token)

            let listed = try await bench.send("GET", "join-tokens", as: alice)
            let tokens: [[String: Any]] = try #require(listed["join_tokens"])
            #expect(tokens.count == 2)
            let id = try #require(tokens.last?["id"] as? String)
            #expect(try await bench.send("DELETE", "join-tokens/\(id)", as: alice).status == 204)
            let states = try #require(
                try await bench.send("GET", "join-tokens", as: alice)["join_tokens"] as [[String: Any]]?
            ).compactMap { $0["state"] as? String }
            #expect(states.sorted() == ["expired", "open"])
        }
    }

    @Test func `a peer is looked up by support, and no more is said than how it stands`() async throws {
        try await AdminBench.run { bench in
            let support = try await bench.add("sue", .support)
            let node = try await bench.addNode("exit1")
            let peer = try #require(try await bench.addPeers(1, to: node).first)
            let answer = try await bench.send("GET", "peers/\(peer)", as: support)
            #expect(Set(answer.body.keys) == ["id", "state", "region", "node", "moving", "created_at"])
            #expect(answer["state"] == "active")
            let key = try await bench.text("SELECT encode(public_key, 'base64') FROM peers")
            let encoded = key.replacing("+", with: "%2B").replacing("/", with: "%2F").replacing("=", with: "%3D")
            #expect(try await bench.send("GET", "peers?public_key=\(encoded)", as: support)["id"] == "\(peer)")
        }
    }
}
