import DaemonRuntime
import Database
import Foundation
import Model
import Store
import Testing

@testable import API

@Suite(.serialized, .timeLimit(.minutes(10))) struct AuditRouteTests {
    @Test func `the chain is walked, and a changed entry is found`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            try await bench.addNode("exit1")
            for verb in ["cordon", "uncordon", "cordon"] {
                _ = try await bench.send("POST", "nodes/exit1/\(verb)", as: alice)
            }
            #expect(try await bench.store.sealAudit(limit: 100) == 4)
            let whole = try await bench.send("GET", "audit/verify", as: alice)
            #expect(whole["intact"] == true)
            #expect(whole["verified"] == 4)
            let head: String = try #require(whole["head"])
            try await bench.execute("UPDATE audit_entries SET actor_name = 'bob' WHERE action = 'node.uncordoned'")
            let broken = try await bench.send("GET", "audit/verify?position=4&head=\(head)", as: alice)
            #expect(broken["intact"] == false)
            #expect((broken["broken"] as [String: Any]?)?["position"] as? Int == 3)
        }
    }

    @Test func `an entry is undone once, by an entry of its own`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            try await bench.addNode("exit1")
            _ = try await bench.send("PATCH", "nodes/exit1", #"{"capacity": 7, "labels": {"a": "b"}}"#, as: alice)
            let entries: [[String: Any]] = try #require(
                try await bench.send("GET", "audit?action=node.edited&node=exit1", as: alice)["entries"]
            )
            let id = try #require(entries.first?["id"] as? Int)
            let plan = try await bench.send("POST", "audit/rollback", #"{"entry": \#(id), "dry_run": true}"#, as: alice)
            #expect(plan["steps"] == 1)
            #expect(plan["done"] == 0)
            let undone = try await bench.send("POST", "audit/rollback", #"{"entry": \#(id)}"#, as: alice)
            #expect(undone["done"] == 1)
            let node = try await bench.send("GET", "nodes/exit1", as: alice)
            #expect(node["capacity"] == 100)
            #expect(node["labels"] == [String: String]())
            let again = try await bench.send("POST", "audit/rollback", #"{"entry": \#(id)}"#, as: alice)
            #expect(again["steps"] == 0)
            #expect((again["refused"] as [[String: Any]]?)?.count == 1)
        }
    }

    @Test func `what was placed on a node in a span of time is taken back`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            let node = try await bench.addNode("exit1")
            let other = try await bench.addNode("exit2")
            let since = SystemClock.now() - .seconds(1)
            try await bench.addPeers(3, to: node)
            try await bench.addPeers(1, to: other)
            let body = #"{"node": "exit1", "since": "\#(since)"}"#
            let undone = try await bench.send("POST", "audit/rollback", body, as: alice)
            #expect(undone["done"] == 3)
            #expect(try await bench.text("SELECT count(*)::text FROM peers") == "1")
            #expect(
                try await bench.text(
                    "SELECT count(*)::text FROM assignments WHERE state = 'removing' AND node_id = $1",
                    .uuid(node.bytes)
                ) == "3"
            )
            let again = try await bench.send("POST", "audit/rollback", body, as: alice)
            #expect(again["steps"] == 0)
        }
    }

    @Test func `a moved peer is moved back, make-before-break`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            let old = try await bench.addNode("exit1")
            let new = try await bench.addNode("exit2")
            let peer = try #require(try await bench.addPeers(1, to: new).first)
            try await bench.execute(
                """
                INSERT INTO audit_entries (at, actor, action, node_id, from_node_id, peer_id)
                VALUES (now(), 'system', 'peer.moved', $1, $2, $3)
                """,
                .uuid(new.bytes),
                .uuid(old.bytes),
                .uuid(peer.bytes)
            )
            let id = try await bench.text("SELECT id::text FROM audit_entries WHERE action = 'peer.moved'")
            let undone = try await bench.send("POST", "audit/rollback", #"{"entry": \#(id)}"#, as: alice)
            #expect(undone["done"] == 1)
            let target = try await bench.text("SELECT node_id::text FROM assignments WHERE moves_from IS NOT NULL")
            #expect(target == "\(old)")
            let again = try await bench.send("POST", "audit/rollback", #"{"entry": \#(id)}"#, as: alice)
            #expect(again["steps"] == 0)
        }
    }

    @Test func `a join token that nobody has used is revoked by undoing its entry`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            _ = try await bench.send("POST", "join-tokens", #"{"region": "fra1"}"#, as: alice)
            let id = try await bench.text("SELECT id::text FROM audit_entries WHERE action = 'join_token.created'")
            let undone = try await bench.send("POST", "audit/rollback", #"{"entry": \#(id)}"#, as: alice)
            #expect(undone["done"] == 1)
            let tokens: [[String: Any]] = try #require(
                try await bench.send("GET", "join-tokens", as: alice)["join_tokens"]
            )
            #expect(tokens.first?["state"] as? String == "expired")
        }
    }
}
