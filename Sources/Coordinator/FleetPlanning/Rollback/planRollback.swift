/// Plans how to undo entries of the audit log, the newest first.
///
/// An entry is undone only where that changes nothing but what the entry changed: refused are those that something later
/// builds on, unless that is undone too.
///
/// - Parameter entries: what to undo, in any order.
/// - Parameter later: everything in the log since the oldest of them that concerns the same peers and nodes, and every
///   entry that undoes one of these; it may contain `entries` themselves.
public func planRollback(
    entries: [AuditedAction],
    later: [AuditedAction],
    situation: RollbackSituation = RollbackSituation()
) -> RollbackPlan {
    var planner = RollbackPlanner(entries: entries, later: later, situation: situation)
    return planner.plan()
}
