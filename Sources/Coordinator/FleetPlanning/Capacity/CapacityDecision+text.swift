import Model

extension CapacityDecision: CustomStringConvertible {
    public var description: String { text() }

    /// - Parameter names: the nodes' names; one without is shown by its id.
    public func text(names: [NodeID: String] = [:]) -> String {
        switch self {
        case .add(let region, let number, let reason): "\(region): add \(count(number, "node"))\n  \(reason)\n"
        case .remove(let region, let node, let reason):
            "\(region): remove \(names[node] ?? node.description)\n  \(reason)\n"
        }
    }
}
