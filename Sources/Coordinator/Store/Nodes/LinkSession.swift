import Model

/// What tells one link of a node from the next.
public enum LinkSessionKind {}
public typealias LinkSessionID = Identifier<LinkSessionKind>

/// Why the database does not let a link be.
public enum LinkRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownNode
    case retired
    /// Another link of this node is alive.
    case alreadyLinked
    /// The same, and it comes from another machine: one of the two is a copy.
    case linkedElsewhere
    /// Another machine than before has the node's identity, and an operator has not agreed to it.
    case otherMachine
    /// The node has renewed its certificate too often within a day.
    case renewalsTooOften
    /// The node's WireGuard key is not the one it enrolled with, which is in its clients' configurations.
    case wireGuardKeyDiffers

    public var description: String {
        switch self {
        case .unknownNode: "the node is not known here"
        case .retired: "the node was retired"
        case .alreadyLinked: "another link of this node is alive"
        case .linkedElsewhere: "another link of this node is alive, from another machine: one of the two is a copy"
        case .otherMachine: "another machine than before has this node's identity: an operator has to accept it"
        case .renewalsTooOften: "the certificate was renewed too often within a day"
        case .wireGuardKeyDiffers: "the node's WireGuard key is not the one that it enrolled with"
        }
    }
}

/// The link was taken over by another or closed: what it had to say was not recorded.
public struct LinkSuperseded: Error, Hashable, Sendable {}
