import Cryptography
import Database
import LinkProtocol
import Model
import Store
import Testing

/// What the database makes of nodes that are ahead, behind or rid of a peer.
@Suite(.timeLimit(.minutes(10))) struct ResynchronisationTests {
    @Test func `a node that is ahead of the database gets a snapshot beyond its own revision`() async throws {
        try await TestBench.run { bench in
            let (node, identity) = try await bench.enrolled()
            try await bench.assign(21, to: node, index: 5)
            try await bench.link(identity) { client in
                try await client.send(TestBench.hello(revision: Revision(40)))
                guard case .welcome? = try await client.next(),
                    case .snapshotBegin(let header)? = try await client.next(),
                    case .snapshotChunk(let entries)? = try await client.next(),
                    case .snapshotEnd(let revision)? = try await client.next()
                else { throw TestBench.Unexpected() }
                #expect(revision == Revision(41))
                #expect(header.revision == revision)
                #expect(header.peerCount == 1)
                #expect(entries.map(\.publicKey) == [TestBench.key(21)])
            }
        }
    }

    @Test func `an acknowledged removal frees the address`() async throws {
        try await TestBench.run { bench in
            let (node, identity) = try await bench.enrolled()
            try await bench.assign(21, to: node, index: 5)
            try await bench.store.pool.transaction { transaction in
                _ = try transaction.execute("UPDATE nodes SET revision = revision + 1")
                _ = try transaction.execute("UPDATE assignments SET state = 'removing', revision = revision + 1")
            }
            try await bench.link(identity) { client in
                try await client.send(TestBench.hello())
                guard case .welcome? = try await client.next(), case .delta(let delta)? = try await client.next()
                else { throw TestBench.Unexpected() }
                #expect(delta.upserts.isEmpty)
                #expect(delta.removals == [TestBench.key(21)])
                async let heard = bench.feed.waitForAcknowledgement(
                    of: node,
                    atLeast: delta.revision,
                    until: .now + .seconds(30)
                )
                let acknowledgement = Acknowledgement(
                    revision: delta.revision,
                    tableDigest: .empty,
                    refusedPeers: []
                )
                try await client.send(.acknowledgement(acknowledgement))
                #expect(await heard != .silence)
            }
            let (free, left) = try await bench.store.pool.read { transaction in
                let free = try transaction.query("SELECT address_index FROM free_addresses").map { row in
                    try row.int64("address_index")
                }
                return (free, try transaction.query("SELECT FROM assignments").count)
            }
            #expect(free == [5])
            #expect(left == 0)
        }
    }
}
