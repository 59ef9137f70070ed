import Cryptography
import LinkProtocol
import Model

extension PeerTable {
    struct Meta {
        let version: TableVersion
        let digest: TableDigest
        let network: TunnelNetwork?
    }

    static func configure(_ connection: borrowing Connection) throws(TableError) {
        let mode = try connection.text("PRAGMA journal_mode = WAL")
        guard mode == "wal" else {
            throw .inputOutput(path: connection.path, code: 0, detail: "no write-ahead log on this file system")
        }
        try connection.execute("PRAGMA synchronous = FULL")
        // A burst of changes must not leave a log of hundreds of megabytes behind.
        try connection.execute("PRAGMA journal_size_limit = 4194304")
        // 2 MB: the agent reads the whole table seldom, and single rows by key.
        try connection.execute("PRAGMA cache_size = -2000")
    }

    static func checkIntegrity(_ connection: borrowing Connection) throws(TableError) {
        let path = connection.path
        guard try connection.text("PRAGMA application_id") == String(Schema.applicationID) else {
            throw .corrupt(path: path, detail: "it is not a peer table")
        }
        let layout = try layout(of: connection)
        guard layout <= Schema.version else { throw .newerSchema(path: path, version: layout) }
        let verdict = try connection.text("PRAGMA quick_check(1)")
        guard verdict == "ok" else { throw .corrupt(path: path, detail: verdict) }
    }

    /// Takes a table that an earlier version of the agent wrote to today's layout.
    static func migrate(_ connection: borrowing Connection) throws(TableError) {
        guard try layout(of: connection) < Schema.version else { return }
        try connection.transaction(wrapping: { $0 }) { () throws(TableError) in
            // Looked at again under the lock: a command may have been first.
            let layout = try layout(of: connection)
            guard layout >= 1 else { throw .corrupt(path: connection.path, detail: "it has no layout") }
            for step in Schema.migrations.dropFirst(layout - 1) { try connection.execute(step) }
        }
    }

    private static func layout(of connection: borrowing Connection) throws(TableError) -> Int {
        let layout = try connection.text("PRAGMA user_version")
        guard let layout = Int(layout) else { throw .corrupt(path: connection.path, detail: "it is not a peer table") }
        return layout
    }

    static func readMeta(_ connection: borrowing Connection) throws(TableError) -> Meta {
        let path = connection.path
        let row = try connection.prepare("SELECT revision, content_hash, digest, network FROM meta WHERE id = 1")
        guard try row.step(), let digest = row.bytes(2).flatMap({ TableDigest(bytes: $0) }) else {
            throw .corrupt(path: path, detail: "it has no revision")
        }
        let network = row.bytes(3)
        let decoded = network.flatMap { NetworkCoding.decode($0) }
        guard network == nil || decoded != nil else { throw .corrupt(path: path, detail: "its network is unreadable") }
        let revision = Revision(UInt64(bitPattern: row.number(0)))
        return Meta(
            version: TableVersion(revision: revision, contentHash: row.bytes(1)),
            digest: digest,
            network: decoded
        )
    }

    /// The number of rows, the digest of those that do not linger, and the others with the revisions of their marks.
    static func sum(_ connection: borrowing Connection) throws(TableError) -> Sum {
        let rows = try connection.prepare("SELECT public_key || allowed_ips, lingering, revision FROM peers")
        var sum = Sum()
        while try rows.step() {
            sum.count += 1
            if rows.number(1) == 0 {
                // The two columns together are the entry's canonical bytes.
                sum.digest.insert(entryHash: BLAKE2b.hash(rows.withBytes(0) { Array($0) }))
            } else {
                let key = rows.withBytes(0) {
                    PublicKey(uncheckedBytes: UnsafeRawBufferPointer(rebasing: $0.prefix(32)))
                }
                guard let key else { throw .corrupt(path: connection.path, detail: "a row that is no peer") }
                sum.lingering[key] = Revision(UInt64(bitPattern: rows.number(2)))
            }
        }
        return sum
    }

    struct Sum {
        var count = 0
        var digest = TableDigest.empty
        var lingering: [PublicKey: Revision] = [:]
    }
}
