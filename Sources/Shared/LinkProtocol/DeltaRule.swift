import Model

/// Whether a delta follows on from a table. One ordered stream means that anything else is an error with a name.
public enum DeltaRule {
    public enum Verdict: Hashable, Sendable {
        case apply
        /// The same revision with the same content again: nothing to do, acknowledge once more.
        case alreadyApplied
        case refuse(ChangeRefusal)
    }

    public static func judge(_ delta: Delta, contentHash: [UInt8], against table: TableVersion) -> Verdict {
        if delta.revision == table.revision {
            return contentHash == table.contentHash ? .alreadyApplied : .refuse(.conflictingContent)
        }
        if delta.revision < table.revision { return .refuse(.olderRevision) }
        if delta.base != table.revision { return .refuse(.baseMismatch) }
        return .apply
    }
}
