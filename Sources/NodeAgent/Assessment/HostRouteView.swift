import Model

/// What the host's main routing tables mean for the tunnels' pool.
public struct HostRouteView: Hashable, Sendable {
    /// One route of the main table.
    public struct Route: Hashable, Sendable {
        /// Masked.
        public let destination: IPPrefix
        /// Nil where it leads to no one interface: unreachable, or several.
        public let interfaceIndex: UInt32?

        public init(destination: IPPrefix, interfaceIndex: UInt32?) {
            self.destination = destination
            self.interfaceIndex = interfaceIndex
        }
    }

    /// The networks of the interface's own addresses that no route leads into the tunnel.
    public let missing: [IPPrefix]
    /// Routes past the tunnel to a part of the pool, or to all of it: the more exact route wins.
    public let collisions: [Observation.Collision]
    /// Whether any way but the tunnel leads to the IPv6 internet.
    public let hasIPv6Internet: Bool
    /// Wider routes than the pool, of which the tunnel takes a part away: of no harm to peers, and worth a word.
    public let narrowed: [Observation.Collision]

    /// - Parameters:
    ///   - tunnel: nil where the interface is not there (yet).
    ///   - addresses: the interface's own, each with its pool's length.
    public init(_ routes: [Route], tunnel: UInt32?, addresses: [IPPrefix]) {
        let pools = Set(addresses.map(\.masked)).filter { $0.length < $0.address.bitCount }
        let own = Set(routes.filter { tunnel != nil && $0.interfaceIndex == tunnel }.map(\.destination))
        let others = routes.filter { tunnel == nil || $0.interfaceIndex != tunnel }
        missing = tunnel == nil ? [] : pools.subtracting(own).sorted()
        var collisions: Set<Observation.Collision> = []
        var narrowed: Set<Observation.Collision> = []
        for route in others {
            for pool in pools {
                let collision = Observation.Collision(route: route.destination, pool: pool)
                if pool.length <= route.destination.length, pool.contains(route.destination.address) {
                    collisions.insert(collision)
                } else if route.destination.length >= Self.widestNetwork(pool), route.destination.contains(pool.address)
                {
                    narrowed.insert(collision)
                }
            }
        }
        self.collisions = collisions.sorted()
        self.narrowed = narrowed.sorted()
        hasIPv6Internet = others.contains { route in
            guard route.interfaceIndex != nil, case .v6 = route.destination.address else { return false }
            return route.destination.length == 0 || Self.globalUnicast.contains(route.destination.address)
        }
    }

    /// 2000::/3 (RFC 4291).
    private static let globalUnicast = IPPrefix("2000::/3")!

    /// Shorter ones are defaults in two or four halves.
    private static func widestNetwork(_ pool: IPPrefix) -> Int { pool.address.bitCount == 32 ? 3 : 4 }
}
