import Model

extension RollbackPlan: CustomStringConvertible {
    public var description: String { text() }

    /// The plan for an operator who has to agree to it.
    ///
    /// - Parameter names: the nodes' names; one without is shown by its id.
    public func text(names: [NodeID: String] = [:]) -> String {
        guard !(steps.isEmpty && refused.isEmpty) else { return "nothing to undo\n" }
        let name = { (node: NodeID) in names[node] ?? node.description }
        let undone = steps.reduce(0) { $0 + $1.entries.count }
        let entries = "\(undone) of \(undone + refused.count) \(undone + refused.count == 1 ? "entry" : "entries")"
        var sections = ["undoes \(entries), in \(count(steps.count, "step"))\n"]
        if !steps.isEmpty { sections.append(stepTable(name)) }
        if !refused.isEmpty { sections.append("stays as it is\n" + refusalTable()) }
        return sections.joined(separator: "\n")
    }

    private func stepTable(_ name: (NodeID) -> String) -> String {
        var table = TextTable([("entry", .left), ("at", .left), ("action", .left), ("to undo it", .left)])
        for step in steps {
            let entry = step.entries[0]
            let numbers = step.entries.map { "\($0.id)" }.joined(separator: ", ")
            table.add([numbers, entry.at.description, entry.action, step.action.text(name)])
        }
        return table.lines.joined(separator: "\n") + "\n"
    }

    private func refusalTable() -> String {
        var table = TextTable([("entry", .left), ("at", .left), ("action", .left), ("reason", .left)])
        for refusal in refused {
            let entry = refusal.entry
            table.add(["\(entry.id)", entry.at.description, entry.action, refusal.reason.description])
        }
        return table.lines.joined(separator: "\n") + "\n"
    }
}

extension Inverse.Action {
    fileprivate func text(_ name: (NodeID) -> String) -> String {
        switch self {
        case .removePeer(let peer, let node): "remove peer \(peer) from \(name(node))"
        case .movePeer(let peer, let from, let to): "move peer \(peer) from \(name(from)) to \(name(to))"
        case .cordon(let node): "cordon \(name(node))"
        case .uncordon(let node): "uncordon \(name(node))"
        case .edit(let node, let changes):
            "on \(name(node)) set "
                + changes.map { "\($0.name) from \($0.from ?? "nothing") to \($0.to ?? "nothing")" }
                .joined(separator: ", ")
        case .revokeJoinToken: "revoke the join token"
        }
    }
}
