import Model

/// What the database has for a node after a revision.
public enum ChangeSet: Hashable, Sendable {
    case upToDate
    /// - Parameter hasMore: the limit of one delta was reached.
    case delta(Delta, DigestChange?, hasMore: Bool)
    /// The database is at an older revision than the node was sent: it was restored, or failed over and lost the last.
    case isBehind
    /// One revision changed more peers than a delta carries.
    case needsSnapshot
}

/// What a delta does to the digest of the node's table.
public struct DigestChange: Hashable, Sendable {
    /// Hashes of the entries that join the table's digest; none of them was in it before.
    public let inserted: [[UInt8]]

    public init(inserted: [[UInt8]]) {
        self.inserted = inserted
    }

    func applied(to digest: TableDigest) -> TableDigest {
        var digest = digest
        for hash in inserted { digest.insert(entryHash: hash) }
        return digest
    }
}
