import Model

/// Goes through the entries from the newest to the oldest.
struct RollbackPlanner {
    private let entries: [AuditedAction]
    private let history: AuditHistory
    private let situation: RollbackSituation

    private var steps: [Inverse] = []
    private var refused: [RollbackPlan.Refused] = []
    /// The entries that the plan undoes so far.
    private var undone: Set<Int64> = []
    /// What is to be undone of each peer, the newest first.
    private var chains: [PeerID: [AuditedAction]] = [:]

    init(entries: [AuditedAction], later: [AuditedAction], situation: RollbackSituation) {
        var known: [Int64: AuditedAction] = [:]
        for entry in entries { known[entry.id] = entry }
        self.entries = known.values.sorted { $0.id > $1.id }
        for entry in later where known[entry.id] == nil { known[entry.id] = entry }
        history = AuditHistory(Array(known.values))
        self.situation = situation
    }

    mutating func plan() -> RollbackPlan {
        for entry in entries { judge(entry) }
        let opened = opened
        for (peer, chain) in chains {
            let wayBack = WayBack(of: peer, undoing: chain, situation: situation, opened: opened)
            refused += wayBack.refused
            if let step = wayBack.step { steps.append(step) }
        }
        return RollbackPlan(steps: ordered(opened), refused: refused.sorted { $0.entry.id > $1.entry.id })
    }

    private mutating func judge(_ entry: AuditedAction) {
        if let undoing = history.undoing(entry) { return refuse(entry, .alreadyUndone(by: undoing)) }
        switch UndoableAction(rawValue: entry.action) {
        case .peerProvisioned, .peerMoved: judgePlace(entry)
        case .nodeCordoned: judgeCordon(entry) { .uncordon($0) }
        case .nodeUncordoned: judgeCordon(entry) { .cordon($0) }
        case .nodeEdited: judgeEdit(entry)
        case .joinTokenCreated:
            if situation.redeemedTokens.contains(entry.id) { return refuse(entry, .tokenRedeemed) }
            undo(entry, by: .revokeJoinToken)
        case nil: refuse(entry, .irreversible(UndoableAction.reasonAgainst(entry.action)))
        }
    }

    private mutating func judgePlace(_ entry: AuditedAction) {
        let isMove = UndoableAction(rawValue: entry.action) == .peerMoved
        guard let peer = entry.peer, entry.node != nil, !isMove || entry.fromNode != nil else {
            return refuse(entry, .incomplete)
        }
        if let later = history.next(after: entry, peer: peer, except: undone) {
            let isRemoved = later.action == AuditHistory.removal
            return refuse(entry, isRemoved ? .removedLater(by: later.id) : .movedLater(by: later.id))
        }
        undone.insert(entry.id)
        chains[peer, default: []].append(entry)
    }

    private mutating func judgeCordon(_ entry: AuditedAction, inverse: (NodeID) -> Inverse.Action) {
        guard let node = entry.node else { return refuse(entry, .incomplete) }
        if situation.retiredNodes.contains(node) { return refuse(entry, .nodeRetired) }
        let later = history.next(after: entry, node: node, except: undone) { action in
            let kind = UndoableAction(rawValue: action.action)
            return kind == .nodeCordoned || kind == .nodeUncordoned
        }
        if let later { return refuse(entry, .cordonChangedLater(by: later.id)) }
        if situation.nodesInOperation.contains(node) { return refuse(entry, .drainRunning) }
        undo(entry, by: inverse(node))
    }

    private mutating func judgeEdit(_ entry: AuditedAction) {
        guard let node = entry.node, !entry.changes.isEmpty else { return refuse(entry, .incomplete) }
        if situation.retiredNodes.contains(node) { return refuse(entry, .nodeRetired) }
        for change in entry.changes {
            let later = history.next(after: entry, node: node, except: undone) { action in
                action.changes.contains { $0.name == change.name }
            }
            if let later { return refuse(entry, .changedLater(setting: change.name, by: later.id)) }
        }
        undo(
            entry,
            by: .edit(node, entry.changes.map { SettingChange(name: $0.name, from: $0.to, to: $0.from) })
        )
    }

    private mutating func undo(_ entry: AuditedAction, by action: Inverse.Action) {
        undone.insert(entry.id)
        steps.append(Inverse(entries: [entry], action: action))
    }

    private mutating func refuse(_ entry: AuditedAction, _ reason: RollbackRefusal) {
        refused.append(RollbackPlan.Refused(entry: entry, reason: reason))
    }

    /// The nodes that take peers again once the plan is carried out.
    private var opened: Set<NodeID> {
        var nodes: Set<NodeID> = []
        // The newest entry first: the oldest one has the last word.
        for step in steps {
            if case .uncordon(let node) = step.action { nodes.insert(node) }
            if case .cordon(let node) = step.action { nodes.remove(node) }
        }
        return nodes
    }

    private func ordered(_ opened: Set<NodeID>) -> [Inverse] {
        func comesFirst(_ step: Inverse) -> Bool {
            switch step.action {
            case .uncordon(let node), .cordon(let node): opened.contains(node)
            case .removePeer, .movePeer, .edit, .revokeJoinToken: false
            }
        }
        let newestFirst = steps.sorted { $0.entries[0].id > $1.entries[0].id }
        return newestFirst.filter(comesFirst) + newestFirst.filter { !comesFirst($0) }
    }
}
