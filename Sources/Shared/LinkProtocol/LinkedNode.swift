import Model

/// What the database knows of a node as its link opens.
public struct LinkedNode: Hashable, Sendable {
    /// The revision last taken.
    public let revision: Revision
    /// What the node acknowledged last, and its table's digest then.
    public let appliedRevision: Revision
    public let appliedDigest: TableDigest

    public init(revision: Revision, appliedRevision: Revision, appliedDigest: TableDigest) {
        self.revision = revision
        self.appliedRevision = appliedRevision
        self.appliedDigest = appliedDigest
    }
}
