import Database
import FleetPlanning
import LinkProtocol
import Model
import Placement
import Store
import Testing

/// A node that says why it cannot work, over the real link.
@Suite(.timeLimit(.minutes(10))) struct ConditionTests {
    private func beat(_ conditions: [NodeCondition], noIPv6: Bool = false, _ client: inout TestClient) async throws {
        var heartbeat = Heartbeat()
        heartbeat.conditions = conditions
        heartbeat.ipv6Unavailable = noIPv6
        heartbeat.stateDiskFreeBytes = 4096
        heartbeat.sentAt = TestBench.now()
        try await client.send(.heartbeat(heartbeat))
        while let message = try await client.next() {
            if case .heartbeatReply = message { return }
        }
        throw TestBench.Unexpected()
    }

    private func closure(_ bench: TestBench) async throws -> NodeClosure? {
        try await bench.store.fleet(silenceLimit: .seconds(600), now: TestBench.now()).nodes.first?.closure
    }

    @Test func `a node with a condition is closed until a heartbeat without one, and keeps its last while away`()
        async throws
    {
        try await TestBench.run { bench in
            let (_, identity) = try await bench.enrolled()
            #expect(try await closure(bench) == .neverHeard)
            try await bench.link(identity) { client in
                try await client.send(TestBench.hello())
                _ = try await client.next()
                #expect(try await closure(bench) == nil)
                let conditions = [
                    NodeCondition(.route, "10.64.0.0/10 leads elsewhere"), NodeCondition(.exitPolicy, "gone\u{1b}[2J"),
                    NodeCondition(.route, "the same again"),
                ]
                try await beat(conditions, noIPv6: true, &client)
                #expect(try await closure(bench) == .outOfOrder)
            }
            let node = try #require(try await bench.store.node(named: "exit1"))
            #expect(node.closedBy == ["exit-policy", "route"])
            #expect(node.trouble.reasons.last?.detail == "10.64.0.0/10 leads elsewhere")
            #expect(node.trouble.reasons.allSatisfy { !$0.detail.contains("\u{1b}") })
            #expect(!node.offersIPv6 && node.telemetry.stateDiskFreeBytes == 4096)
            try await bench.link(identity) { client in
                try await client.send(TestBench.hello())
                _ = try await client.next()
                #expect(try await closure(bench) == .outOfOrder)
                try await beat([], &client)
                #expect(try await closure(bench) == nil)
            }
            let back = try #require(try await bench.store.node(named: "exit1"))
            #expect(back.closedBy.isEmpty && back.trouble.since == nil && back.offersIPv6)
        }
    }

    @Test func `a node that cannot store a change is closed, told of once, and open again when it takes one`()
        async throws
    {
        try await TestBench.run { bench in
            let (node, identity) = try await bench.enrolled()
            try await bench.link(identity) { client in
                try await client.send(TestBench.hello())
                guard case .welcome? = try await client.next() else { throw TestBench.Unexpected() }
                try await bench.assign(21, to: node, index: 5)
                guard case .delta(let delta)? = try await client.next() else { throw TestBench.Unexpected() }
                try await client.send(.refusal(revision: delta.revision, reason: .tableUnavailable))
                let refused = try await beatUntilSnapshot(&client)
                try await client.send(.refusal(revision: refused.revision, reason: .tableUnavailable))
                #expect(try await closure(bench) == .outOfOrder)
                let record = try #require(try await bench.store.node(named: "\(node)"))
                #expect(record.closedBy == ["refuses-changes"])
                var filter = AuditFilter()
                filter.action = "change.refused"
                #expect(try await bench.store.audit(filter, limit: 10).count == 1)
                let header = try await beatUntilSnapshot(&client)
                async let heard = bench.feed.waitForAcknowledgement(
                    of: node,
                    atLeast: header.revision,
                    until: .now + .seconds(30)
                )
                try await client.send(
                    .acknowledgement(
                        Acknowledgement(
                            revision: header.revision,
                            tableDigest: header.digest,
                            refusedPeers: []
                        )
                    )
                )
                #expect(await heard != .silence)
                #expect(try await closure(bench) == nil)
            }
        }
    }

    /// Heartbeats, each once the one before is answered, until the snapshot that is waited for begins.
    private func beatUntilSnapshot(_ client: inout TestClient) async throws -> SnapshotHeader {
        func beat() async throws {
            var heartbeat = Heartbeat()
            heartbeat.sentAt = TestBench.now()
            try await client.send(.heartbeat(heartbeat))
        }
        try await beat()
        while let message = try await client.next() {
            switch message {
            case .snapshotBegin(let header): return header
            case .heartbeatReply: try await beat()
            default: break
            }
        }
        throw TestBench.Unexpected()
    }
}
