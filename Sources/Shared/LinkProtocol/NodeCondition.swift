/// A reason why a node cannot do its work. While it has one, it takes no new peers; the tunnels that it has stay.
///
/// The agent finds it, and tells it with each heartbeat. A node without conditions does what it promises: its peers
/// reach the internet, and nothing else.
public struct NodeCondition: Hashable, Sendable {
    /// The wire's numbers follow `link.proto`. A coordinator that is older than its nodes learns of a kind that it does
    /// not know as `.unknown`, and closes the node for it as for the others.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The exit policy is not in force, or not as the policy file says.
        case exitPolicy = "exit-policy"
        /// The kernel does not forward packets of a family that the node offers.
        case forwarding = "forwarding"
        /// Another table of the host drops what peers must be able to send or get.
        case foreignRules = "foreign-rules"
        /// The interface is absent or down, or its key, port or MTU is not as it should be.
        case interface = "interface"
        /// An address or a route of the interface is missing, or leads elsewhere.
        case route = "route"
        /// A network of the host overlaps the pool that peers get their addresses from.
        case addressCollision = "address-collision"
        /// The kernel has no WireGuard.
        case wireGuard = "wireguard"
        /// The peer table cannot be written, or cannot be read.
        case peerTable = "peer-table"
        /// The node's clock is too far from the coordinator's.
        case clock = "clock"
        /// Another program changes what is the agent's own, again and again.
        case contention = "contention"
        /// The node's keys on disk are not those that it enrolled with.
        case identity = "identity"
        case unknown = "unknown"
    }

    public let kind: Kind
    /// One printable line for operators, of 200 characters at most; it says what is wrong, and names no peer.
    public let detail: String

    public init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }

    /// How many of one heartbeat count; a node has one for each kind.
    public static let countMax = 32
}
