import Cryptography
import Foundation
import LinkProtocol
import Model
import PeerTable
import Testing

struct LingeringTests {
    private typealias Bench = TableBench

    private static func marked(_ number: Int) -> PeerEntry {
        let peer = Bench.peer(number)
        return PeerEntry(publicKey: peer.publicKey, allowedIPs: peer.allowedIPs, isLingering: true)
    }

    @Test func `a peer that is marked stays in the kernel as it is, and leaves the digest`() throws {
        let bench = try TableBench()
        let table = try bench.create()
        _ = try table.apply([Bench.delta(1, [Bench.peer(1), Bench.peer(2)])])
        let change = try table.apply([Bench.delta(2, [Self.marked(1)])])
        #expect(change.isEmpty)
        #expect(table.count == 2)
        #expect(table.lingering == [Bench.peer(1).publicKey: Revision(2)])
        #expect(table.digest == Bench.digest([Bench.peer(2)]))
        let reopened = try bench.open()
        #expect(reopened.lingering == table.lingering && reopened.count == 2 && reopened.digest == table.digest)
        #expect(try Set(reopened.allEntries()) == [Self.marked(1), Bench.peer(2)])
        // It moves back.
        #expect(try reopened.apply([Bench.delta(3, [Bench.peer(1)])]).isEmpty)
        #expect(reopened.lingering.isEmpty)
        #expect(reopened.digest == Bench.digest([Bench.peer(1), Bench.peer(2)]))
    }

    @Test func `letting go changes neither revision nor digest, and spares who does not linger`() throws {
        let bench = try TableBench()
        let table = try bench.create()
        let keys = (1...3).map { Bench.peer($0).publicKey }
        _ = try table.apply([Bench.delta(1, [Self.marked(1), Self.marked(2), Bench.peer(3)])])
        let (version, digest) = (table.version, table.digest)
        let change = try table.letGo(of: [keys[0], keys[2]])
        #expect(change.removals == [keys[0]] && change.upserts.isEmpty)
        #expect(table.version == version && table.digest == digest && table.count == 2)
        let reopened = try bench.open()
        #expect(try reopened.allEntries() == [Self.marked(2), Bench.peer(3)])
        #expect(reopened.version == version)
        // What the coordinator removes after that is not there any more, and no error.
        #expect(try table.apply([Bench.delta(2, [], removing: [Bench.peer(1)])]).isEmpty)
        #expect(table.version.revision == Revision(2))
    }

    @Test func `a snapshot counts those that linger, and brings back whom the node let go`() throws {
        let table = try TableBench().create()
        _ = try table.apply([Bench.delta(1, [Self.marked(1), Bench.peer(2)])])
        _ = try table.letGo(of: [Bench.peer(1).publicKey])
        let snapshot = Bench.snapshot(5, [Self.marked(1), Bench.peer(2), Self.marked(3)])
        #expect(snapshot.header.peerCount == 3)
        let change = try table.replace(with: snapshot)
        #expect(Set(change.upserts) == [Self.marked(1), Self.marked(3)])
        #expect(table.count == 3 && table.lingering.count == 2)
        #expect(table.digest == Bench.digest([Bench.peer(2)]))
        // The same again: their marks are no newer for it.
        let marks = table.lingering
        #expect(try table.replace(with: Bench.snapshot(6, snapshot.entries)).isEmpty)
        #expect(table.lingering == marks)
    }

    @Test func `a burst that marks, removes and sets again leaves the last`() throws {
        let table = try TableBench().create()
        _ = try table.apply([
            Bench.delta(1, [Bench.peer(1), Bench.peer(2)]),
            Bench.delta(2, [Self.marked(1), Self.marked(2)]),
            Bench.delta(3, [Bench.peer(1)], removing: [Bench.peer(2)]),
        ])
        #expect(table.lingering.isEmpty && table.count == 1)
        #expect(table.digest == Bench.digest([Bench.peer(1)]))
    }
}
