import LinkProtocol
import Model
import PeerTable
import Testing

struct ChangeTests {
    private typealias Bench = TableBench

    @Test func `a burst is one change with only its net effect`() throws {
        let table = try TableBench().create()
        _ = try table.apply([Bench.delta(1, [Bench.peer(1), Bench.peer(2)])])
        let change = try table.apply([
            Bench.delta(2, [Bench.peer(3)]),
            Bench.delta(3, [Bench.peer(1, address: 9)], removing: [Bench.peer(2)]),
            Bench.delta(4, [Bench.peer(2)], removing: [Bench.peer(3)]),
        ])
        // 2 went and came back, 3 came and went: the kernel need not hear of them.
        #expect(change.upserts == [Bench.peer(1, address: 9)])
        #expect(change.removals.isEmpty)
        #expect(change.previous == [Bench.peer(1).publicKey: Bench.peer(1)])
        #expect(table.version.revision == Revision(4))
        #expect(table.count == 2)
        #expect(table.digest == Bench.digest([Bench.peer(1, address: 9), Bench.peer(2)]))
    }

    @Test func `what was committed is there after reopening`() throws {
        let bench = try TableBench()
        let burst = Bench.delta(1, (0..<50).map { Bench.peer($0) })
        do { _ = try bench.create().apply([burst]) }
        let table = try bench.open()
        #expect(table.version == TableVersion(revision: Revision(1), contentHash: burst.contentHash))
        #expect(try Set(table.allEntries()) == Set((0..<50).map { Bench.peer($0) }))
        #expect(table.network == TableBench.network)
    }

    @Test(arguments: [
        (1, 0, ChangeRefusal.conflictingContent), (3, 2, .baseMismatch), (0, 0, .olderRevision),
    ])
    func `a refused delta leaves the table as it was`(revision: Int, base: Int, reason: ChangeRefusal) throws {
        let table = try TableBench().create()
        _ = try table.apply([Bench.delta(1, [Bench.peer(1)])])
        let (version, digest) = (table.version, table.digest)
        let wrong = Bench.delta(UInt64(revision), base: UInt64(base), [Bench.peer(5)])
        let failure = ChangeFailure.refused(Revision(UInt64(revision)), reason)
        #expect(throws: failure) { _ = try table.apply([wrong]) }
        #expect(table.version == version && table.digest == digest && table.count == 1)
        #expect(try table.allEntries() == [Bench.peer(1)])
    }

    @Test func `a refusal in the middle of a burst undoes all of it`() throws {
        let bench = try TableBench()
        let table = try bench.create()
        #expect(throws: ChangeFailure.refused(Revision(9), .baseMismatch)) {
            _ = try table.apply([Bench.delta(1, [Bench.peer(1)]), Bench.delta(9, [Bench.peer(2)])])
        }
        #expect(try bench.open().allEntries().isEmpty)
        _ = try table.apply([Bench.delta(1, [Bench.peer(1)])])
        #expect(table.count == 1)
    }

    @Test func `the same delta again changes nothing`() throws {
        let table = try TableBench().create()
        let delta = Bench.delta(1, [Bench.peer(1)])
        _ = try table.apply([delta])
        #expect(try table.apply([delta]).isEmpty)
        #expect(table.version.revision == Revision(1))
    }

    @Test func `a snapshot changes only what differs`() throws {
        let table = try TableBench().create()
        _ = try table.apply([Bench.delta(1, [Bench.peer(1), Bench.peer(2), Bench.peer(3)])])
        let change = try table.replace(
            with: Bench.snapshot(7, [Bench.peer(1), Bench.peer(2, address: 8), Bench.peer(4)])
        )
        #expect(Set(change.upserts) == [Bench.peer(2, address: 8), Bench.peer(4)])
        #expect(change.removals == [Bench.peer(3).publicKey])
        #expect(table.version == TableVersion(revision: Revision(7), contentHash: nil))
    }

    @Test func `a snapshot with another digest, a double or an older revision is refused`() throws {
        let table = try TableBench().create()
        _ = try table.apply([Bench.delta(5, base: 0, [Bench.peer(1)])])
        let good = Bench.snapshot(6, [Bench.peer(1), Bench.peer(2)])
        let wrongDigest = Snapshot(header: good.header, entries: [Bench.peer(1), Bench.peer(3)])
        let doubled = Bench.snapshot(6, [Bench.peer(1), Bench.peer(1)])
        for snapshot in [wrongDigest, doubled] {
            #expect(throws: ChangeFailure.refused(Revision(6), .incompleteSnapshot)) {
                _ = try table.replace(with: snapshot)
            }
        }
        #expect(throws: ChangeFailure.refused(Revision(4), .olderRevision)) {
            _ = try table.replace(with: Bench.snapshot(4, []))
        }
        #expect(try table.allEntries() == [Bench.peer(1)])
    }

    @Test func `an empty snapshot after a full one is refused unless it may remove many`() throws {
        let table = try TableBench().create()
        _ = try table.replace(with: Bench.snapshot(1, (0..<20).map { Bench.peer($0) }))
        #expect(throws: ChangeFailure.refused(Revision(2), .massRemoval)) {
            _ = try table.replace(with: Bench.snapshot(2, []))
        }
        #expect(table.count == 20)
        // Exactly half is not more than half.
        _ = try table.replace(with: Bench.snapshot(2, (0..<10).map { Bench.peer($0) }))
        #expect(table.count == 10)
        _ = try table.apply([Bench.delta(3, (10..<40).map { Bench.peer($0) })])
        _ = try table.replace(with: Bench.snapshot(4, [], allowMassRemoval: true))
        #expect(table.count == 0 && table.digest == .empty)
    }

    @Test(.timeLimit(.minutes(10))) func `100,000 peers are stored, checked and read`() throws {
        let bench = try TableBench()
        let entries = (0..<100_000).map { Bench.peer($0) }
        let clock = ContinuousClock()
        let stored = try clock.measure { _ = try bench.create().replace(with: Bench.snapshot(1, entries)) }
        var table: PeerTable?
        let opened = try clock.measure { table = try bench.open() }
        var read: [PeerEntry] = []
        let listed = try clock.measure { read = try #require(table).allEntries() }
        #expect(read.count == 100_000)
        #expect(Set(read) == Set(entries))
        print("100,000 peers: stored in \(stored), opened in \(opened), read in \(listed)")
    }
}
