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
    /// The first reason that holds; nil for a node that takes new peers while it has room.
    public var closure: NodeClosure? {
        if isRetired { return .retired }
        if isCordoned { return .cordoned }
        if isEndpointPending { return .endpointPending }
        if !wasHeard { return .neverHeard }
        if !isHealthy { return .unhealthy }
        return isOutOfOrder ? .outOfOrder : nil
    }

    public var isOpen: Bool { closure == nil }

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
