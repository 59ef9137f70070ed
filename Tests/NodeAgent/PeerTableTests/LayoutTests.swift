import Foundation
import LinkProtocol
import Model
@testable import PeerTable
import Testing

/// Tables that earlier versions of the agent wrote.
struct LayoutTests {
    private typealias Bench = TableBench

    /// As version 0.1.0 made it, never to be changed.
    private static let firstLayout = """
        PRAGMA journal_mode = WAL;
        CREATE TABLE peers (
            public_key  BLOB NOT NULL PRIMARY KEY CHECK (length(public_key) = 32),
            allowed_ips BLOB NOT NULL,
            revision    INTEGER NOT NULL
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE meta (
            id           INTEGER PRIMARY KEY CHECK (id = 1),
            revision     INTEGER NOT NULL,
            content_hash BLOB,
            digest       BLOB NOT NULL,
            network      BLOB
        ) STRICT;
        INSERT INTO meta (id, revision, digest) VALUES (1, 0, zeroblob(32));
        PRAGMA application_id = 1212567636;
        PRAGMA user_version = 1;
        """

    private func blob(_ bytes: some Sequence<UInt8>) -> String {
        "X'" + bytes.map { String(format: "%02x", $0) }.joined() + "'"
    }

    private func makeFirstLayout(_ peers: [PeerEntry], at path: String) throws {
        try RawDatabase.execute(Self.firstLayout, at: path)
        for peer in peers {
            let values = "\(blob(peer.publicKey.bytes)), \(blob(AllowedIPs.encode(peer))), 3"
            try RawDatabase.execute("INSERT INTO peers VALUES (\(values))", at: path)
        }
        let digest = blob(Bench.digest(peers).bytes)
        let network = blob(NetworkCoding.encode(Bench.network))
        let sql = "UPDATE meta SET revision = 3, digest = \(digest), network = \(network)"
        try RawDatabase.execute(sql, at: path)
    }

    @Test func `a table of the first layout goes on where it was`() throws {
        let bench = try TableBench()
        let peers = (1...50).map { Bench.peer($0) }
        try makeFirstLayout(peers, at: bench.path)
        for _ in 0..<2 {
            let table = try bench.open()
            #expect(try Set(table.allEntries()) == Set(peers))
            #expect(table.version == TableVersion(revision: Revision(3), contentHash: nil))
            #expect(table.lingering.isEmpty && table.network == Bench.network)
        }
        let marked = PeerEntry(
            publicKey: peers[0].publicKey,
            allowedIPs: peers[0].allowedIPs,
            isLingering: true
        )
        _ = try bench.open().apply([Bench.delta(4, [marked])])
        #expect(try bench.open().lingering == [marked.publicKey: Revision(4)])
    }

    @Test func `a table of a later layout is refused and kept`() throws {
        let bench = try TableBench()
        do { _ = try bench.create() }
        try RawDatabase.execute("PRAGMA user_version = 3", at: bench.path)
        #expect(throws: TableError.newerSchema(path: bench.path, version: 3)) { _ = try bench.open() }
    }
}
