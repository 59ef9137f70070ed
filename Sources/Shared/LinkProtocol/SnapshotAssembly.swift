import Model

/// A snapshot on its way in. Only one that arrived whole leaves this type.
struct SnapshotAssembly: Hashable, Sendable {
    let header: SnapshotHeader
    private(set) var entries: [PeerEntry] = []

    init(header: SnapshotHeader) {
        self.header = header
    }

    /// False when more peers came than were announced.
    mutating func append(_ chunk: [PeerEntry]) -> Bool {
        guard entries.count + chunk.count <= header.peerCount else { return false }
        entries += chunk
        return true
    }

    /// The whole snapshot, or nil when something is missing. The digest is for the table's keeper to check.
    func finished(revision: Revision) -> Snapshot? {
        guard revision == header.revision, entries.count == header.peerCount else { return nil }
        return Snapshot(header: header, entries: entries)
    }
}

/// A whole snapshot, counted but not yet checked against its digest.
public struct Snapshot: Hashable, Sendable {
    public let header: SnapshotHeader
    public let entries: [PeerEntry]

    public init(header: SnapshotHeader, entries: [PeerEntry]) {
        self.header = header
        self.entries = entries
    }
}
