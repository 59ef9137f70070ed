import Model

/// Why a node takes no new peers: none is placed on it, moved to it, or thawed on it.
///
/// Apps, entitlements and controllers ask this one rule, and whoever commits a placement asks it again under the lock of
/// the node's row.
public enum NodeClosure: String, Hashable, Sendable, CaseIterable {
    case retired
    /// An operator or an operation keeps new peers away.
    case cordoned
    /// It said that it is reached in another network now, and nobody has agreed to that yet.
    case endpointPending = "endpoint-pending"
    /// It enrolled, and nobody has heard it since.
    case neverHeard = "never-heard"
    /// Silent, lost, or back and not trusted yet.
    case unhealthy
    /// It cannot do its work: it says so itself, or refuses what it is sent.
    case outOfOrder = "out-of-order"
}

extension FleetNode {
    /// Every reason that holds; none for a node that takes new peers while it has room.
    public var closures: [NodeClosure] { NodeClosure.allCases.filter(isClosed) }

    /// The first reason that holds.
    public var closure: NodeClosure? { NodeClosure.allCases.first(where: isClosed) }

    public var isOpen: Bool { closure == nil }

    private func isClosed(by reason: NodeClosure) -> Bool {
        switch reason {
        case .retired: isRetired
        case .cordoned: isCordoned
        case .endpointPending: isEndpointPending
        case .neverHeard: !wasHeard
        case .unhealthy: wasHeard && !isHealthy
        case .outOfOrder: isOutOfOrder
        }
    }

    /// Whether a node was heard recently enough to count on it. A large fleet is asked less often: a node is given three
    /// of its own heartbeats in any case.
    ///
    /// - Parameter heardAt: nil: never.
    public static func isHeard(
        at heardAt: Timestamp?,
        heartbeatInterval: Duration,
        silenceLimit: Duration,
        now: Timestamp
    ) -> Bool {
        guard let heardAt else { return false }
        return now - heardAt < max(silenceLimit, heartbeatInterval * 3)
    }
}
