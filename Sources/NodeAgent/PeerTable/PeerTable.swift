import CSQLite
import Cryptography
import LinkProtocol
import Model

/// The node's durable table of peers: what the kernel should hold, on disk before the kernel sees it.
///
/// SQLite in WAL mode with `synchronous=FULL`: when a call returns, its change outlives a power failure. For one thread.
public final class PeerTable {
    let connection: Connection
    /// Nil for the table itself; for a copy in memory, the path of the table, which its disk does not let us write.
    public let copiedFrom: String?
    let statements: WriterStatements
    public internal(set) var version: TableVersion
    public internal(set) var digest: TableDigest
    /// How many peers the table holds.
    public internal(set) var count: Int
    /// Of these, the peers that have moved away, each with the revision that marked it.
    public internal(set) var lingering: [PublicKey: Revision]
    /// The last network that a coordinator told; nil before the first.
    public internal(set) var network: TunnelNetwork?

    /// Opens an existing table and checks it whole: SQLite's `quick_check`, and the digest over every row that does not
    /// linger. One of an earlier layout is taken to today's.
    ///
    /// It never makes a missing file: an empty table would order every running peer removed.
    public convenience init(opening path: String) throws(TableError) {
        do throws(TableError) {
            try self.init(reading: Connection(path: path, flags: SQLITE_OPEN_READWRITE))
        } catch {
            guard error.mayLackSharedMemory else { throw error }
            // The index of the write-ahead log is a file beside it that must grow before the first read. Alone with the
            // table, SQLite keeps it in memory: after a reboot on a full disk the tunnels come back all the same.
            let connection = try Connection(path: path, flags: SQLITE_OPEN_READWRITE)
            try connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            try self.init(reading: connection)
        }
    }

    init(reading connection: consuming Connection, copiedFrom: String? = nil) throws(TableError) {
        let path = connection.path
        // What is no table must not be written to, and setting the mode of an empty file would do that.
        try Self.checkIntegrity(connection)
        try Self.configure(connection)
        try Self.migrate(connection)
        // One view of the file: the agent may be writing while a command reads.
        try connection.execute("BEGIN")
        let meta = try Self.readMeta(connection)
        let sum = try Self.sum(connection)
        try connection.execute("COMMIT")
        guard sum.digest == meta.digest else {
            throw .corrupt(path: path, detail: "its \(sum.count) rows do not add up to its digest")
        }
        statements = try WriterStatements(connection)
        self.connection = connection
        self.copiedFrom = copiedFrom
        version = meta.version
        digest = meta.digest
        network = meta.network
        count = sum.count
        lingering = sum.lingering
    }

    /// Makes an empty table at revision zero, readable by root only. A file that is there already is opened.
    public static func create(at path: String, network: TunnelNetwork?) throws(TableError) -> PeerTable {
        try layOut(path)
        let table = try PeerTable(opening: path)
        if let network { try table.setNetwork(network) }
        return table
    }

    private static func layOut(_ path: String) throws(TableError) {
        let connection = try Connection(path: path, flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
        guard try connection.text("PRAGMA user_version") == "0" else { return }
        try configure(connection)
        try connection.transaction(wrapping: { $0 }) { () throws(TableError) in
            try connection.execute(Schema.creation)
        }
    }

    /// Stores what the interface is to be told, so that a reboot needs no coordinator.
    public func setNetwork(_ network: TunnelNetwork) throws(TableError) {
        guard network != self.network else { return }
        if let copiedFrom { throw .readOnly(path: copiedFrom) }
        let statement = try connection.prepare("UPDATE meta SET network = ?1")
        statement.bind(1, NetworkCoding.encode(network))
        try statement.run()
        self.network = network
    }

    /// Writes and flushes something that changes nothing: whether the disk takes a change.
    public func probe() throws(TableError) {
        if let copiedFrom { throw .readOnly(path: copiedFrom) }
        try connection.execute("UPDATE meta SET revision = revision")
    }

    /// Every peer, in the order of the keys.
    public func allEntries() throws(TableError) -> [PeerEntry] {
        var entries: [PeerEntry] = []
        entries.reserveCapacity(count)
        try forEach { entries.append($0.entry) }
        return entries
    }

    public func forEach(_ body: (StoredPeer) -> Void) throws(TableError) {
        let rows = try connection.prepare(
            "SELECT public_key, allowed_ips, lingering, revision FROM peers ORDER BY public_key"
        )
        while try rows.step() {
            let entry = try Self.entry(rows, connection.path)
            body(StoredPeer(entry: entry, revision: Revision(UInt64(bitPattern: rows.number(3)))))
        }
    }

    /// - Parameter row: key, allowed-ips, mark.
    static func entry(_ row: borrowing Statement, _ path: String) throws(TableError) -> PeerEntry {
        let key = row.withBytes(0) { PublicKey(uncheckedBytes: $0) }
        let prefixes = row.withBytes(1) { AllowedIPs.decode($0) }
        guard let key, let prefixes else { throw .corrupt(path: path, detail: "a row that is no peer") }
        return PeerEntry(publicKey: key, allowedIPs: prefixes, isLingering: row.number(2) != 0)
    }
}
