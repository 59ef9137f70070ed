import Cryptography
import Database
import LinkProtocol
import Model
import Store
import Testing

/// What a link tells of peers that have moved away, and of the version that the node should run.
@Suite(.timeLimit(.minutes(10))) struct MovedAwayTests {
    private func execute(_ bench: TestBench, _ statements: Statement...) async throws {
        try await bench.store.pool.transaction { transaction in
            for statement in statements { _ = try transaction.execute(statement) }
        }
    }

    private func acknowledgement(_ revision: Revision, _ digest: TableDigest) -> AgentMessage {
        .acknowledgement(Acknowledgement(revision: revision, tableDigest: digest, refusedPeers: []))
    }

    @Test func `a node that let go of a peer is not taken for one that lost it`() async throws {
        try await TestBench.run { bench in
            let (node, identity) = try await bench.enrolled()
            try await bench.assign(21, to: node, index: 5)
            try await bench.link(identity) { client in
                try await client.send(TestBench.hello())
                guard case .welcome? = try await client.next(), case .delta(let first)? = try await client.next() else {
                    throw TestBench.Unexpected()
                }
                var digest = TableDigest.empty
                for entry in first.upserts { digest.insert(entry) }
                try await client.send(acknowledgement(first.revision, digest))
                try await execute(
                    bench,
                    "UPDATE nodes SET revision = 2",
                    "UPDATE assignments SET state = 'lingering', linger_until = now() + interval '1 day', revision = 2"
                )
                bench.feed.nodeChanged(node)
                guard case .delta(let second)? = try await client.next() else { throw TestBench.Unexpected() }
                #expect(second.base == Revision(1) && second.revision == Revision(2) && second.removals.isEmpty)
                #expect(second.upserts.map(\.isLingering) == [true])
                try await client.send(acknowledgement(second.revision, .empty))
                // By now it may have let go: the digest does not tell.
                var heartbeat = Heartbeat()
                heartbeat.appliedRevision = Revision(2)
                try await client.send(.heartbeat(heartbeat))
                guard case .heartbeatReply? = try await client.next() else { throw TestBench.Unexpected() }
                try await bench.assign(22, to: node, index: 6)
                guard case .delta(let third)? = try await client.next() else { throw TestBench.Unexpected() }
                #expect(third.base == Revision(2) && third.upserts.map(\.publicKey) == [TestBench.key(22)])
            }
            // Not waiting for the coordinator to notice that the first is gone.
            try await execute(bench, "UPDATE nodes SET link_session = NULL")
            try await bench.link(identity) { client in
                try await client.send(TestBench.hello(revision: Revision(2)))
                guard case .welcome? = try await client.next(), case .delta(let delta)? = try await client.next() else {
                    throw TestBench.Unexpected()
                }
                #expect(delta.upserts.map(\.publicKey) == [TestBench.key(22)])
            }
        }
    }

    @Test func `a node is told at its welcome, and at each heartbeat, which version it should run`() async throws {
        try await TestBench.run { bench in
            let (_, identity) = try await bench.enrolled()
            try await execute(bench, "UPDATE nodes SET desired_version = '1.4.0'")
            try await bench.link(identity) { client in
                try await client.send(TestBench.hello())
                guard case .welcome(let welcome)? = try await client.next() else { throw TestBench.Unexpected() }
                #expect(welcome.desiredVersion == "1.4.0")
                for version in ["1.4.1", nil] {
                    let value = version.map { "'\($0)'" } ?? "NULL"
                    try await execute(bench, Statement("UPDATE nodes SET desired_version = \(value)"))
                    try await client.send(.heartbeat(Heartbeat()))
                    guard case .heartbeatReply(_, _, let desired)? = try await client.next() else {
                        throw TestBench.Unexpected()
                    }
                    #expect(desired == version)
                }
            }
        }
    }
}
