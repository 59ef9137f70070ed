/// What an operator may decide about placement.
public struct PlacementPolicy: Hashable, Sendable {
    /// The share of each node's capacity that new peers leave free, so that drains find room. 0 to 1000.
    public let reserve_permille: Int
    /// Whether a subscription's peers go to different nodes while there are any.
    public let spreadsSubscriptions: Bool

    public init(reserve_permille: Int = 0, spreadsSubscriptions: Bool = true) {
        precondition((0...1000).contains(reserve_permille), "a reserve is a share of the capacity")
        self.reserve_permille = reserve_permille
        self.spreadsSubscriptions = spreadsSubscriptions
    }

    /// The peers that `node` may hold before new ones go elsewhere; never negative.
    func usableCapacity(of node: FleetNode) -> Int {
        let capacity = max(0, node.capacity)
        let (whole, rest) = capacity.quotientAndRemainder(dividingBy: 1000)
        // Rounded down, and without overflow for whatever the column holds.
        return whole * (1000 - reserve_permille) + rest * (1000 - reserve_permille) / 1000
    }
}
