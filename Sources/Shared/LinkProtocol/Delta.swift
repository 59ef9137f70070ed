import Model

/// A change of a node's peer table from one revision to a later one.
public struct Delta: Hashable, Sendable {
    /// The revision that the node must be at.
    public let base: Revision
    public let revision: Revision
    /// Peers to add, or whose allowed-ips or mark to replace.
    public let upserts: [PeerEntry]
    public let removals: [PublicKey]

    public init(base: Revision, revision: Revision, upserts: [PeerEntry], removals: [PublicKey]) {
        self.base = base
        self.revision = revision
        self.upserts = upserts
        self.removals = removals
    }

    /// What the content's hash is taken over. Base and revision are not part of it; the order of peers is.
    public var canonicalBytes: [UInt8] {
        var bytes: [UInt8] = []
        for entry in upserts {
            let entryBytes = entry.canonicalBytes
            bytes +=
                [entry.isLingering ? 3 : 1] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: entryBytes.count >> $0) }
                + entryBytes
        }
        for key in removals { bytes += [2] + key.bytes }
        return bytes
    }
}
