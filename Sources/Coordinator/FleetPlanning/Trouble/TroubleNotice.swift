import Model

/// What the audit log is to say of a node that has closed, opened, or has other reasons than before.
public struct TroubleNotice: Hashable, Sendable {
    public let node: NodeID
    /// By name, in order; none: the node is open again.
    public let reasons: [String]
    public let changes: Int64
    /// Faded to now, and grown by this notice.
    public let penalty: Int
    /// For people.
    public let detail: String

    public init(node: NodeID, reasons: [String], changes: Int64, penalty: Int, detail: String) {
        self.node = node
        self.reasons = reasons
        self.changes = changes
        self.penalty = penalty
        self.detail = detail
    }

    /// What a notice adds to the penalty, by which the next one waits.
    static let weight = 1000
}

/// The notices that are due. The first one of a node comes at once. A node whose reasons come and go gets the next ones
/// later and later; what happened in between is a number in the next one. What lasts is always told in the end.
public func noticeTroubles(
    _ nodes: [(id: NodeID, trouble: NodeTrouble)],
    damping: FlapDamping = FlapDamping(),
    now: Timestamp
) -> [TroubleNotice] {
    nodes.compactMap { id, trouble in
        let names = Set(trouble.reasons.map(\.name)).sorted()
        let told = trouble.told
        guard names != told.reasons.sorted() else { return nil }
        let penalty = damping.faded(told.penalty, from: told.at, to: now)
        // A time in the future is a clock put back, and says nothing of how long ago it was.
        let isDue = told.at > now || now - told.at >= damping.wait(for: penalty - TroubleNotice.weight)
        guard isDue else { return nil }
        return TroubleNotice(
            node: id,
            reasons: names,
            changes: trouble.changes,
            penalty: damping.grown(penalty, by: TroubleNotice.weight),
            detail: detail(of: trouble)
        )
    }
}

private func detail(of trouble: NodeTrouble) -> String {
    let reasons = trouble.reasons.map { $0.detail.isEmpty ? $0.name : "\($0.name) (\($0.detail))" }
    let state = reasons.isEmpty ? "open again" : "closed: \(reasons.joined(separator: ", "))"
    let between = trouble.changes - trouble.told.changes - 1
    return between > 0 ? "\(state); \(between) changes in between" : state
}
