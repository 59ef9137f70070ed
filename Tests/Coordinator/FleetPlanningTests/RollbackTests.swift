import FleetPlanning
import Model
import SeededRandom
import Testing

@Suite struct RollbackTests {
    @Test func `a range of the log as an operator sees it`() throws {
        let entries = [
            action(10, "join_token.created"),
            action(11, "node.edited", node: 1, changes: [change("capacity", "100", "200")]),
            action(12, "peer.provisioned", node: 1, peer: 1), action(13, "peer.provisioned", node: 1, peer: 2),
            action(14, "peer.provisioned", node: 1, peer: 3), action(15, "node.cordoned", node: 1),
            action(16, "peer.moved", node: 2, from: 1, peer: 1), action(17, "peer.moved", node: 3, from: 1, peer: 4),
            action(18, "peer.removed", node: 1, peer: 2), action(19, "entitlement.changed"),
            action(20, "token.claimed"),
            action(21, "node.retired", node: 4), action(22, "peer.moved", node: 2, from: 4, peer: 5),
            action(23, "certificate.renewed", node: 2),
            action(
                24,
                "node.edited",
                node: 2,
                changes: [
                    change("labels.rack", nil, "b7"), change("capacity", "10", "20"),
                ]
            ),
            action(25, "join_token.created"), action(26, "rollout.started"),
        ]
        let later = [
            action(30, "peer.moved", node: 3, from: 1, peer: 3),
            action(31, "node.edited", node: 2, changes: [change("capacity", "20", "30")]),
        ]
        let situation = RollbackSituation(
            retiredNodes: [nodeID(4)],
            cordonedNodes: [nodeID(1)],
            redeemedTokens: [25]
        )
        let plan = planRollback(entries: entries, later: later, situation: situation)
        try GoldenText.expect(plan.text(names: names(1...4)), is: "rollback")
    }

    @Test func `nothing to undo is said in words`() {
        #expect(planRollback(entries: [], later: []).description == "nothing to undo\n")
    }

    @Test func `a provision is taken back where it was put`() {
        let entry = action(1, "peer.provisioned", node: 1, peer: 1)
        #expect(actions(planRollback(entries: [entry], later: [])) == [.removePeer(peerID(1), from: nodeID(1))])
        let moved = action(2, "peer.moved", node: 2, from: 1, peer: 1)
        #expect(reasons(planRollback(entries: [entry], later: [moved])) == [.movedLater(by: 2)])
        let removed = action(2, "peer.removed", node: 1, peer: 1)
        #expect(reasons(planRollback(entries: [entry], later: [removed])) == [.removedLater(by: 2)])
        let refused = action(2, "peer.refused", node: 1, peer: 1)
        #expect(actions(planRollback(entries: [entry], later: [refused])).count == 1)
    }

    @Test func `a peer that was placed several times goes back in one step`() {
        let provisioned = action(1, "peer.provisioned", node: 1, peer: 1)
        let first = action(2, "peer.moved", node: 2, from: 1, peer: 1)
        let second = action(3, "peer.moved", node: 3, from: 2, peer: 1)
        let whole = planRollback(entries: [provisioned, first, second], later: [])
        #expect(actions(whole) == [.removePeer(peerID(1), from: nodeID(3))])
        #expect(whole.steps[0].entries.map(\.id) == [3, 2, 1])
        let moves = planRollback(entries: [first, second], later: [provisioned])
        #expect(actions(moves) == [.movePeer(peerID(1), from: nodeID(3), to: nodeID(1))])
        // With a gap there is no way back.
        let gap = planRollback(entries: [provisioned, second], later: [first])
        #expect(actions(gap) == [.movePeer(peerID(1), from: nodeID(3), to: nodeID(2))])
        #expect(reasons(gap) == [.movedLater(by: 2)])
    }

    @Test func `a peer goes back as far as there is a way`() {
        let first = action(2, "peer.moved", node: 2, from: 1, peer: 1)
        let second = action(3, "peer.moved", node: 3, from: 2, peer: 1)
        let situation = RollbackSituation(retiredNodes: [nodeID(1)])
        let plan = planRollback(entries: [first, second], later: [], situation: situation)
        #expect(actions(plan) == [.movePeer(peerID(1), from: nodeID(3), to: nodeID(2))])
        #expect(plan.refused.map(\.entry) == [first] && reasons(plan) == [.nodeRetired])
        let there = action(3, "peer.moved", node: 1, from: 2, peer: 1)
        #expect(reasons(planRollback(entries: [first, there], later: [])) == [.leadsBack, .leadsBack])
    }

    @Test func `a peer goes back to a cordoned node only when that is opened again`() {
        let cordoned = action(1, "node.cordoned", node: 1)
        let moved = action(2, "peer.moved", node: 2, from: 1, peer: 1)
        let situation = RollbackSituation(cordonedNodes: [nodeID(1)])
        let alone = planRollback(entries: [moved], later: [], situation: situation)
        #expect(reasons(alone) == [.sourceCordoned])
        let both = planRollback(entries: [cordoned, moved], later: [], situation: situation)
        #expect(actions(both) == [.uncordon(nodeID(1)), .movePeer(peerID(1), from: nodeID(2), to: nodeID(1))])
    }

    @Test func `what was undone is not undone again, and undoing can be undone`() {
        let moved = action(1, "peer.moved", node: 2, from: 1, peer: 1)
        let undone = action(5, "peer.moved", node: 1, from: 2, peer: 1, undoes: 1)
        #expect(reasons(planRollback(entries: [moved], later: [undone])) == [.alreadyUndone(by: 5)])
        let redo = planRollback(entries: [undone], later: [])
        #expect(actions(redo) == [.movePeer(peerID(1), from: nodeID(1), to: nodeID(2))])
        // After the redo the move is in force again.
        let redone = action(9, "peer.moved", node: 2, from: 1, peer: 1, undoes: 5)
        let again = planRollback(entries: [moved], later: [undone, redone])
        #expect(actions(again) == [.movePeer(peerID(1), from: nodeID(2), to: nodeID(1))])
    }

    @Test func `a move that has been undone stands in nobody's way`() {
        let provisioned = action(1, "peer.provisioned", node: 1, peer: 1)
        let moved = action(2, "peer.moved", node: 2, from: 1, peer: 1)
        let undone = action(3, "peer.moved", node: 1, from: 2, peer: 1, undoes: 2)
        let plan = planRollback(entries: [provisioned], later: [moved, undone])
        #expect(actions(plan) == [.removePeer(peerID(1), from: nodeID(1))])
    }

    @Test func `a cordon is lifted unless it was set again, belongs to a drain or to a retired node`() {
        let cordoned = action(1, "node.cordoned", node: 1), lifted = action(2, "node.uncordoned", node: 1)
        #expect(actions(planRollback(entries: [cordoned], later: [])) == [.uncordon(nodeID(1))])
        #expect(actions(planRollback(entries: [lifted], later: [cordoned])) == [.cordon(nodeID(1))])
        #expect(reasons(planRollback(entries: [cordoned], later: [lifted])) == [.cordonChangedLater(by: 2)])
        let drained = RollbackSituation(nodesInOperation: [nodeID(1)])
        #expect(reasons(planRollback(entries: [cordoned], later: [], situation: drained)) == [.drainRunning])
        let retired = RollbackSituation(retiredNodes: [nodeID(1)])
        #expect(reasons(planRollback(entries: [cordoned], later: [], situation: retired)) == [.nodeRetired])
    }

    @Test func `an edit is undone setting by setting, unless one was changed since`() {
        let edited = action(1, "node.edited", node: 1, changes: [change("capacity", "10", "20")])
        let other = action(2, "node.edited", node: 1, changes: [change("labels.rack", nil, "a")])
        let same = action(3, "node.edited", node: 1, changes: [change("capacity", "20", "30")])
        let inverse = Inverse.Action.edit(nodeID(1), [change("capacity", "20", "10")])
        #expect(actions(planRollback(entries: [edited], later: [other])) == [inverse])
        #expect(
            reasons(planRollback(entries: [edited], later: [other, same]))
                == [.changedLater(setting: "capacity", by: 3)]
        )
        let both = planRollback(entries: [edited, same], later: [other])
        #expect(actions(both) == [.edit(nodeID(1), [change("capacity", "30", "20")]), inverse])
    }

    @Test func `an entry that lacks what its inverse needs is refused`() {
        let entries = [
            action(1, "peer.moved", node: 1, peer: 1), action(2, "peer.provisioned", peer: 1),
            action(3, "node.cordoned"), action(4, "node.edited", node: 1),
        ]
        #expect(reasons(planRollback(entries: entries, later: [])) == Array(repeating: .incomplete, count: 4))
    }

    /// A history of one peer, undone in part; the steps are carried out as a controller would.
    @Test(arguments: 0..<300) func `a peer ends where it was before the oldest entry that is undone`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var places: [NodeID?] = [nil, nodeID(1)]
        var log = [action(1, "peer.provisioned", node: 1, peer: 1)]
        for id in 2...Int64.random(in: 2...7, using: &random) {
            let from = log[log.count - 1].node!.low
            let to = (from + UInt64.random(in: 1...3, using: &random)) % 4
            log.append(action(id, "peer.moved", node: to, from: from, peer: 1))
            places.append(nodeID(to))
        }
        let entries = log.filter { _ in Bool.random(using: &random) }
        let plan = planRollback(entries: entries, later: log)
        #expect(plan.steps.flatMap(\.entries).count + plan.refused.count == entries.count)
        #expect(plan.steps.count <= 1)
        guard let step = plan.steps.first, let oldest = step.entries.last else { return }
        #expect(step.entries.first?.id == log.last?.id, "something later stands")
        switch step.action {
        case .removePeer(_, let from): #expect(oldest.id == 1 && from == places.last)
        case .movePeer(_, let from, let to):
            #expect(from == places.last && to == places[Int(oldest.id) - 1] && from != to)
        default: Issue.record("no way for a peer")
        }
    }

    private func action(
        _ id: Int64,
        _ action: String,
        node: UInt64? = nil,
        from: UInt64? = nil,
        peer: UInt64? = nil,
        changes: [SettingChange] = [],
        undoes: Int64? = nil
    ) -> AuditedAction {
        AuditedAction(
            id: id,
            at: Timestamp(seconds: 1_800_000_000 + id * 60),
            action: action,
            node: node.map(nodeID),
            fromNode: from.map(nodeID),
            peer: peer.map(peerID),
            changes: changes,
            undoes: undoes
        )
    }

    private func change(_ name: String, _ from: String?, _ to: String?) -> SettingChange {
        SettingChange(name: name, from: from, to: to)
    }

    private func actions(_ plan: RollbackPlan) -> [Inverse.Action] { plan.steps.map(\.action) }
    private func reasons(_ plan: RollbackPlan) -> [RollbackRefusal] { plan.refused.map(\.reason) }
}
