import Cryptography
import LinkProtocol
import Model

/// Writes rows inside one transaction, and keeps account of what that changed.
struct Writer: ~Copyable {
    private let find: Statement
    private let upsert: Statement
    private let delete: Statement
    private let update: Statement
    private let path: String
    /// Before and now, of every key that was written to.
    private var touched: [PublicKey: (before: PeerEntry?, now: PeerEntry?)] = [:]
    /// Keys in the order in which they were first written to.
    private var order: [PublicKey] = []

    init(_ connection: borrowing Connection) throws(TableError) {
        let find = try connection.prepare("SELECT public_key, allowed_ips FROM peers WHERE public_key = ?1")
        let upsert = try connection.prepare(
            """
            INSERT INTO peers (public_key, allowed_ips, revision) VALUES (?1, ?2, ?3)
            ON CONFLICT (public_key) DO UPDATE SET allowed_ips = ?2, revision = ?3
            """
        )
        let delete = try connection.prepare("DELETE FROM peers WHERE public_key = ?1")
        let update = try connection.prepare(
            "UPDATE meta SET revision = ?1, content_hash = ?2, digest = ?3 WHERE id = 1"
        )
        self.find = find
        self.upsert = upsert
        self.delete = delete
        self.update = update
        path = connection.path
    }

    /// How many more peers there are than before.
    var countChange: Int {
        touched.values.reduce(0) { $0 + ($1.now == nil ? 0 : 1) - ($1.before == nil ? 0 : 1) }
    }

    var change: TableChange {
        var change = TableChange()
        for key in order {
            guard let (before, now) = touched[key], before != now else { continue }
            if let before { change.previous[key] = before }
            if let now { change.upserts.append(now) } else { change.removals.append(key) }
        }
        return change
    }

    mutating func set(_ entry: PeerEntry, _ revision: Revision, _ digest: inout TableDigest) throws(ChangeFailure) {
        let current = try current(entry.publicKey)
        guard current != entry else { return }
        if let current { digest.remove(entryHash: current.entryHash) }
        digest.insert(entryHash: entry.entryHash)
        upsert.bind(1, entry.publicKey.bytes)
        upsert.bind(2, AllowedIPs.encode(entry))
        upsert.bind(3, Int64(bitPattern: revision.number))
        try ChangeFailure.wrapping { () throws(TableError) in try upsert.run() }
        note(entry.publicKey, before: current, now: entry)
    }

    mutating func remove(_ key: PublicKey, _ digest: inout TableDigest) throws(ChangeFailure) {
        guard let current = try current(key) else { return }
        digest.remove(entryHash: current.entryHash)
        delete.bind(1, key.bytes)
        try ChangeFailure.wrapping { () throws(TableError) in try delete.run() }
        note(key, before: current, now: nil)
    }

    func finish(_ version: TableVersion, _ digest: TableDigest) throws(ChangeFailure) {
        update.bind(1, Int64(bitPattern: version.revision.number))
        if let hash = version.contentHash { update.bind(2, hash) } else { update.bindNull(2) }
        update.bind(3, digest.bytes)
        try ChangeFailure.wrapping { () throws(TableError) in try update.run() }
    }

    private func current(_ key: PublicKey) throws(ChangeFailure) -> PeerEntry? {
        if let known = touched[key] { return known.now }
        find.bind(1, key.bytes)
        return try ChangeFailure.wrapping { () throws(TableError) in
            let entry = try find.step() ? PeerTable.entry(find, path) : nil
            find.reset()
            return entry
        }
    }

    private mutating func note(_ key: PublicKey, before: PeerEntry?, now: PeerEntry?) {
        if let known = touched[key] {
            touched[key] = (known.before, now)
        } else {
            touched[key] = (before, now)
            order.append(key)
        }
    }
}
