import Model
import Placement

extension MovePlan: CustomStringConvertible {
    public var description: String { text() }

    /// The plan for an operator who has to agree to it: who leaves, who takes, and what is missing.
    ///
    /// - Parameter names: the nodes' names; one without is shown by its id.
    public func text(names: [NodeID: String] = [:]) -> String {
        guard !(moves.isEmpty && unplaced.isEmpty && deferred == 0) else { return "no peer has to move\n" }
        let name = { (node: NodeID) in names[node] ?? node.description }
        var sections = [[headline]]
        sections.append(departures(name))
        if !targets.isEmpty { sections.append(arrivals(name)) }
        sections += missingPlaces.keys.sorted().map(shortage)
        return sections.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    private var headline: String {
        var parts = ["\(count(moves.count, "peer")) to move"]
        if deferred > 0 { parts.append("\(deferred) more later, by the pace") }
        if !unplaced.isEmpty { parts.append("\(unplaced.count) without a place") }
        return parts.joined(separator: ", ")
    }

    private func departures(_ name: (NodeID) -> String) -> [String] {
        var leaving: [NodeID: (moved: Int, left: Int)] = [:]
        for move in moves { leaving[move.source, default: (0, 0)].moved += 1 }
        for peer in unplaced { leaving[peer.peer.source, default: (0, 0)].left += 1 }
        var table = TextTable([("from", .left), ("moved", .right), ("left", .right)])
        for (node, counts) in leaving.map({ (name($0.key), $0.value) }).sorted(by: { $0.0 < $1.0 }) {
            table.add([node, "\(counts.moved)", "\(counts.left)"])
        }
        return table.lines
    }

    private func arrivals(_ name: (NodeID) -> String) -> [String] {
        var table = TextTable([
            ("to", .left), ("region", .left), ("peers", .right), ("before", .right), ("→", .left), ("after", .right),
            ("capacity", .right), ("used", .right),
        ])
        for target in targets {
            table.add([
                name(target.node), target.region.text, "+\(target.added)", "\(target.before)", "→", "\(target.after)",
                "\(target.capacity)", Permille.text(Permille.of(target.after, target.capacity)),
            ])
        }
        return table.lines
    }

    private func shortage(of region: RegionName) -> [String] {
        var numbers: [PlacementFailure: Int] = [:]
        for peer in unplaced where peer.peer.region == region { numbers[peer.failure, default: 0] += 1 }
        let reasons = numbers.map { (reason: $0.key.description, number: $0.value) }
            .sorted { ($1.number, $0.reason) < ($0.number, $1.reason) }
            .map { "  \(count($0.number, "peer")): \($0.reason)" }
        return ["missing in \(region): \(count(missingPlaces[region] ?? 0, "place"))"] + reasons
    }
}
