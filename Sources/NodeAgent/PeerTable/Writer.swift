import Cryptography
import LinkProtocol
import Model

/// Writes rows inside one transaction, and keeps account of what that changed.
struct Writer {
    private let statements: WriterStatements
    /// Before and now, of every key that was written to.
    private var touched: [PublicKey: (before: PeerEntry?, now: PeerEntry?)] = [:]
    /// Of the keys that were marked, the revision that did it.
    private var marks: [PublicKey: Revision] = [:]
    /// Keys in the order in which they were first written to.
    private var order: [PublicKey] = []

    init(_ statements: WriterStatements) {
        self.statements = statements
    }

    /// How many more peers there are than before.
    var countChange: Int {
        touched.values.reduce(0) { $0 + ($1.now == nil ? 0 : 1) - ($1.before == nil ? 0 : 1) }
    }

    /// Brings the peers that linger up to date.
    func update(_ lingering: inout [PublicKey: Revision]) {
        for (key, entries) in touched { lingering[key] = entries.now?.isLingering == true ? marks[key] : nil }
    }

    /// A peer that was marked, or is no longer, is the same to the kernel: its tunnel does not notice.
    var change: TableChange {
        var change = TableChange()
        for key in order {
            guard let (before, now) = touched[key], before?.allowedIPs != now?.allowedIPs else { continue }
            if let before { change.previous[key] = before }
            if let now { change.upserts.append(now) } else { change.removals.append(key) }
        }
        return change
    }

    mutating func set(_ entry: PeerEntry, _ revision: Revision, _ digest: inout TableDigest) throws(ChangeFailure) {
        let current = try current(entry.publicKey)
        guard current != entry else { return }
        if let current { digest.remove(current) }
        digest.insert(entry)
        statements.upsert.bind(1, entry.publicKey.bytes)
        statements.upsert.bind(2, AllowedIPs.encode(entry))
        statements.upsert.bind(3, Int64(bitPattern: revision.number))
        statements.upsert.bind(4, entry.isLingering ? 1 : 0)
        try ChangeFailure.wrapping { () throws(TableError) in try statements.upsert.run() }
        if entry.isLingering { marks[entry.publicKey] = revision }
        note(entry.publicKey, before: current, now: entry)
    }

    mutating func remove(_ key: PublicKey, _ digest: inout TableDigest) throws(ChangeFailure) {
        guard let current = try current(key) else { return }
        digest.remove(current)
        statements.delete.bind(1, key.bytes)
        try ChangeFailure.wrapping { () throws(TableError) in try statements.delete.run() }
        note(key, before: current, now: nil)
    }

    func finish(_ version: TableVersion, _ digest: TableDigest) throws(ChangeFailure) {
        statements.update.bind(1, Int64(bitPattern: version.revision.number))
        if let hash = version.contentHash { statements.update.bind(2, hash) } else { statements.update.bindNull(2) }
        statements.update.bind(3, digest.bytes)
        try ChangeFailure.wrapping { () throws(TableError) in try statements.update.run() }
    }

    private func current(_ key: PublicKey) throws(ChangeFailure) -> PeerEntry? {
        if let known = touched[key] { return known.now }
        statements.find.bind(1, key.bytes)
        defer { statements.find.reset() }
        return try ChangeFailure.wrapping { () throws(TableError) in
            try statements.find.step() ? PeerTable.entry(statements.find, statements.path) : nil
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
