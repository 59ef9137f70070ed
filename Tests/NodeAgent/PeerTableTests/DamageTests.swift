import Foundation
import LinkProtocol
import Model
@testable import PeerTable
import Testing

@Suite(.timeLimit(.minutes(10))) struct DamageTests {
    private typealias Bench = TableBench

    private func isCorrupt(_ bench: TableBench) -> Bool {
        do throws(TableError) {
            _ = try PeerTable(opening: bench.path)
            return false
        } catch {
            if case .corrupt = error { return true }
            return false
        }
    }

    @Test func `a missing table is never made on opening`() throws {
        let bench = try TableBench()
        #expect(throws: TableError.missing(path: bench.path)) { _ = try bench.open() }
        #expect(!FileManager.default.fileExists(atPath: bench.path))
    }

    @Test(arguments: ["", "hello", String(repeating: "x", count: 100_000)])
    func `a file that is no table is refused and kept`(content: String) throws {
        let bench = try TableBench()
        try Data(content.utf8).write(to: URL(fileURLWithPath: bench.path))
        #expect(isCorrupt(bench))
        #expect(try Data(contentsOf: URL(fileURLWithPath: bench.path)).count == content.utf8.count)
    }

    @Test func `a file that is overwritten anywhere is refused, or reads as it was written`() throws {
        let bench = try TableBench()
        let entries = (0..<300).map { Bench.peer($0) }
        do { _ = try bench.create().replace(with: Bench.snapshot(1, entries)) }
        let whole = try Data(contentsOf: URL(fileURLWithPath: bench.path))
        var refused = 0
        for position in stride(from: 0, to: whole.count, by: 613) {
            var damaged = whole
            for offset in position..<min(position + 16, whole.count) { damaged[offset] ^= 0x5a }
            try damaged.write(to: URL(fileURLWithPath: bench.path))
            do throws(TableError) {
                // Unused bytes of a page, and counters that SQLite corrects, may differ.
                #expect(try Set(PeerTable(opening: bench.path).allEntries()) == Set(entries))
            } catch {
                refused += 1
            }
        }
        #expect(refused > 20)
    }

    @Test func `a row that somebody changed does not add up`() throws {
        let bench = try TableBench()
        do { _ = try bench.create().apply([Bench.delta(1, [Bench.peer(1), Bench.peer(2)])]) }
        let sql = "DELETE FROM peers WHERE public_key = (SELECT min(public_key) FROM peers)"
        try RawDatabase.execute(sql, at: bench.path)
        #expect(isCorrupt(bench))
    }

    @Test func `a log that is cut at any byte leaves one of the committed tables`() throws {
        let bench = try TableBench()
        let table = try bench.create()
        var digests: Set<TableDigest> = [.empty]
        for revision in 1...12 {
            _ = try table.apply([Bench.delta(UInt64(revision), [Bench.peer(revision), Bench.peer(revision + 1000)])])
            digests.insert(table.digest)
        }
        let database = try Data(contentsOf: URL(fileURLWithPath: bench.path))
        let log = try Data(contentsOf: URL(fileURLWithPath: bench.path + "-wal"))
        try #require(log.count > 10_000)
        let copy = try TableBench()
        var revisions: Set<Revision> = []
        for count in Array(stride(from: 0, to: log.count, by: 997)) + [log.count] {
            try database.write(to: URL(fileURLWithPath: copy.path))
            try log.prefix(count).write(to: URL(fileURLWithPath: copy.path + "-wal"))
            try? FileManager.default.removeItem(atPath: copy.path + "-shm")
            do throws(TableError) {
                let cut = try PeerTable(opening: copy.path)
                #expect(digests.contains(cut.digest))
                revisions.insert(cut.version.revision)
            } catch {
                // Before the layout itself was moved out of the log there is no table yet.
                #expect(revisions.isEmpty, "\(error)")
            }
        }
        #expect(revisions.contains(Revision(12)))
    }

    @Test func `a full disk refuses the change, keeps the table, and passes`() throws {
        let bench = try TableBench()
        let table = try bench.create()
        _ = try table.apply([Bench.delta(1, [Bench.peer(1)])])
        try table.limitPages(to: 1)
        let many = Bench.delta(2, (10..<2000).map { Bench.peer($0) })
        #expect(throws: ChangeFailure.table(.full(path: bench.path))) { _ = try table.apply([many]) }
        #expect(table.version.revision == Revision(1) && table.count == 1)
        #expect(try table.allEntries() == [Bench.peer(1)])
        try table.limitPages(to: 1_000_000)
        _ = try table.apply([many])
        #expect(table.count == 1991)
    }
}

extension PeerTable {
    /// As if the disk had this many pages: SQLite never goes below what the file has already.
    fileprivate func limitPages(to count: Int) throws {
        _ = try connection.text("PRAGMA max_page_count = \(count)")
    }
}
