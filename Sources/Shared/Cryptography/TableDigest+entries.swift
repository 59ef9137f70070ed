import Model

extension TableDigest {
    /// The entry joins the table. One that lingers leaves the digest as it is: the node lets go of it unasked, and both
    /// sides' digests must agree before and after.
    public mutating func insert(_ entry: PeerEntry) {
        if !entry.isLingering { insert(entryHash: entry.entryHash) }
    }

    /// The entry leaves the table, marked as it was there.
    public mutating func remove(_ entry: PeerEntry) {
        if !entry.isLingering { remove(entryHash: entry.entryHash) }
    }
}
