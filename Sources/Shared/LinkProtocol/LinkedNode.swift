import Model

/// What the database knows of a node as its link opens.
public struct LinkedNode: Hashable, Sendable {
    /// The revision last taken.
    public let revision: Revision
    /// What the node acknowledged last, and its table's digest then.
    public let appliedRevision: Revision
    public let appliedDigest: TableDigest
    /// The version of the agent that a rollout wants; nil for none.
    public let desiredVersion: String?

    public init(
        revision: Revision,
        appliedRevision: Revision,
        appliedDigest: TableDigest,
        desiredVersion: String? = nil
    ) {
        self.revision = revision
        self.appliedRevision = appliedRevision
        self.appliedDigest = appliedDigest
        self.desiredVersion = desiredVersion
    }
}
