/// What undoing a range of the audit log does, and what it leaves.
public struct RollbackPlan: Hashable, Sendable {
    public struct Refused: Hashable, Sendable {
        public let entry: AuditedAction
        public let reason: RollbackRefusal
    }

    /// In the order in which they are to be carried out: the newest entry first, but nodes are opened before peers come
    /// back to them.
    public let steps: [Inverse]
    /// The newest entry first.
    public let refused: [Refused]
}
