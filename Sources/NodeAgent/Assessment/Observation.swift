import Model

/// What was found of a node at one moment, as far as its work depends on it. ``conditions`` judges it: the running agent
/// and `check` differ in who looks, never in what follows from what is seen.
public struct Observation: Hashable, Sendable {
    public enum ExitPolicy: Hashable, Sendable {
        /// An operator's setting: another program guards the tunnel.
        case notWatched
        case inForce
        /// The kernel has no table of ours; with the reason why it could not be put back, where that was tried.
        case missing(String?)
        /// The table is not the one that was loaded; with the reason why that could not be put back.
        case altered(String?)
        /// The packet filter cannot be looked at.
        case unreadable(String)
    }

    public enum WireGuard: Hashable, Sendable {
        case present
        case absent
    }

    /// A route of the host that takes peers' packets.
    public struct Collision: Hashable, Sendable, Comparable {
        public let route: IPPrefix
        public let pool: IPPrefix

        public init(route: IPPrefix, pool: IPPrefix) {
            self.route = route
            self.pool = pool
        }

        public static func < (left: Self, right: Self) -> Bool { (left.pool, left.route) < (right.pool, right.route) }
    }

    public var exitPolicy = ExitPolicy.notWatched
    /// The kernel's switches that are off and must be on, such as `net.ipv4.ip_forward`.
    public var switchesOff: [String] = []
    /// Chains of other tables that drop what peers send or get.
    public var closedChains: [String] = []
    public var wireGuard = WireGuard.present
    /// What the interface lacks, or why it cannot be looked at.
    public var interfaceTrouble: String?
    public var addressesMissing: [IPPrefix] = []
    public var routesMissing: [IPPrefix] = []
    public var collisions: [Collision] = []
    /// Why the peer table cannot be read or written.
    public var tableTrouble: String?
    /// The table's disk has less room than its floor.
    public var isDiskShort = false
    /// The node's clock less the coordinator's.
    public var clockSkew: Duration?
    /// What is wrong with the node's keys on disk.
    public var identityFlaw: String?
    /// Parts that another program changes again and again, each with its name where the kernel tells it.
    public var fights: [KeptPart: String?] = [:]
    /// Whether clients reach anything over IPv6.
    public var ipv6 = IPv6.available

    public enum IPv6: Hashable, Sendable {
        /// The fleet's tunnels have no IPv6.
        case notOffered
        case available
        case unavailable
    }

    public init() {}
}
