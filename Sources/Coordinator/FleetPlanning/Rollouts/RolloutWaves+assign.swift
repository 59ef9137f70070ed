import Model

extension RolloutWaves {
    /// One node's turn within its region, as a fraction: how much of the region comes before its middle.
    private struct Turn: Comparable {
        let node: RolloutCandidate
        let number: Int
        let regionSize: Int

        static func < (left: Self, right: Self) -> Bool {
            if left.node.isLost != right.node.isLost { return right.node.isLost }
            // (2 a + 1) / 2 b < (2 c + 1) / 2 d, without rounding.
            let leftTurn = (2 * left.number + 1) * right.regionSize
            let rightTurn = (2 * right.number + 1) * left.regionSize
            if leftTurn != rightTurn { return leftTurn < rightTurn }
            return (left.node.region, left.node.id) < (right.node.region, right.node.id)
        }
    }

    /// Gives each node its wave, 0 being the first: always the same for the same fleet.
    ///
    /// Each wave takes about the same share of every region. The first one never takes the last node of a region of
    /// several, even when it is asked for everybody. Lost nodes come last: they prove nothing about a version.
    public func assign(_ nodes: [RolloutCandidate]) -> [NodeID: Int] {
        let turns = Self.turns(of: nodes)
        let sizes = waves.map { $0.size(of: nodes.count) }
        let regionSizes = Dictionary(grouping: nodes, by: \.region).mapValues(\.count)
        var first: [RolloutCandidate] = [], others: [RolloutCandidate] = []
        var inFirst: [RegionName: Int] = [:]
        for node in turns {
            let taken = inFirst[node.region, default: 0]
            if first.count < sizes[0], taken == 0 || taken + 1 < regionSizes[node.region, default: 0] {
                first.append(node)
                inFirst[node.region] = taken + 1
            } else {
                others.append(node)
            }
        }
        var assigned = Dictionary(uniqueKeysWithValues: first.map { ($0.id, 0) })
        var wave = 1
        for node in others {
            while wave < count - 1, assigned.count >= sizes[wave] { wave += 1 }
            assigned[node.id] = wave
        }
        return assigned
    }

    private static func turns(of nodes: [RolloutCandidate]) -> [RolloutCandidate] {
        Dictionary(grouping: nodes, by: \.region).values
            .flatMap { members in
                members.sorted { ($0.isLost ? 1 : 0, $0.id) < ($1.isLost ? 1 : 0, $1.id) }.enumerated()
                    .map { Turn(node: $1, number: $0, regionSize: members.count) }
            }
            .sorted().map(\.node)
    }
}
