import Model

/// The fleet on one screen. Pure: what is drawn depends on what was read, and on the screen's size alone.
struct TopScreen: Sendable {
    let coordinator: String
    let regions: [JSONDocument]
    let nodes: [JSONDocument]
    let operations: [JSONDocument]
    /// What kept the last look from being made.
    let trouble: String?

    /// - Parameter rows: the screen's height; nil for everything.
    func lines(columns: Int, rows: Int?, now: Timestamp) -> [String] {
        var lines = [headline(now: now)]
        if let trouble { lines.append("! \(HumanText.plain(trouble))") }
        lines += [""] + Views.regions(regions)
        if !operations.isEmpty { lines += [""] + Views.operations(operations, now: now) }
        lines += [""] + Views.nodes(sortedNodes, now: now, columns: columns)
        guard let rows, lines.count > rows - 1 else { return lines.map { String($0.prefix(columns)) } }
        let hidden = lines.count - (rows - 2)
        return (lines.prefix(max(0, rows - 2)) + ["... \(hidden) more lines"]).map { String($0.prefix(columns)) }
    }

    private func headline(now: Timestamp) -> String {
        let peers = regions.reduce(0) { $0 + ($1.integer("peers") ?? 0) }
        let capacity = regions.reduce(0) { $0 + ($1.integer("capacity") ?? 0) }
        let healthy = regions.reduce(0) { $0 + ($1.integer("healthy") ?? 0) }
        let count = regions.reduce(0) { $0 + ($1.integer("nodes") ?? 0) }
        return "holdfast top - \(now)  \(coordinator)  \(healthy) of \(count) nodes alive, \(HumanText.peers(peers)) of"
            + " \(HumanText.count(capacity)) (\(HumanText.percent(peers, of: capacity)))"
    }

    /// What needs looking at comes first, then the fullest.
    private var sortedNodes: [JSONDocument] {
        nodes.sorted { left, right in
            let leftRank = Self.rank(left)
            let rightRank = Self.rank(right)
            if leftRank != rightRank { return leftRank < rightRank }
            let leftUse = Self.use(left)
            let rightUse = Self.use(right)
            if leftUse != rightUse { return leftUse > rightUse }
            return (left.string("name") ?? "") < (right.string("name") ?? "")
        }
    }

    private static func rank(_ node: JSONDocument) -> Int {
        switch node.string("health") {
        case "lost": 0
        case "suspect": 1
        case "returning": 2
        case "unheard": 3
        default:
            if !node.fields("conditions").isEmpty {
                3
            } else {
                node.string("operation") != nil ? 4 : node.boolean("cordoned") ? 5 : 6
            }
        }
    }

    private static func use(_ node: JSONDocument) -> Double {
        Double(node.integer("peers") ?? 0) / Double(max(1, node.integer("capacity") ?? 1))
    }
}
