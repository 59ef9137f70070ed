/// Why a node refused a delta or a snapshot as a whole. The table and the kernel are as before.
public enum ChangeRefusal: Error, Hashable, Sendable, CaseIterable {
    /// The delta's base is not the table's revision.
    case baseMismatch
    /// The revision is older than the table's.
    case olderRevision
    /// The revision is the table's own, with other content.
    case conflictingContent
    /// A snapshot ended with other than the announced number of peers, or another digest.
    case incompleteSnapshot
    /// The snapshot would remove more than half of a table of 20 peers or more, and did not say that it may.
    case massRemoval
    /// The table could not be written: disk full, read-only or damaged.
    case tableUnavailable
}
