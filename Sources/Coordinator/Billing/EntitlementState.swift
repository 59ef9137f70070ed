import Model

/// Where a subscription stands. The raw values are what the database holds.
public enum EntitlementState: String, Hashable, Sendable, CaseIterable {
    /// Nothing was paid yet. → active, grace, hold, expired.
    case pending
    /// → grace, hold, and the terminal states.
    case active
    /// A payment failed, and the policy still gives access. → active, hold, and the terminal states.
    case grace
    /// A payment failed for longer than that, or the subscription is paused. → active, grace, and the terminal states.
    case hold
    /// Terminal: it ended.
    case expired
    /// Terminal: the money went back. Only the store's own state, asked for, leads out of it.
    case revoked
    /// Terminal: another subscription took its place.
    case superseded

    public var isTerminal: Bool {
        switch self {
        case .pending, .active, .grace, .hold: false
        case .expired, .revoked, .superseded: true
        }
    }

    /// The one rule of access, computed when it is read: no job has to run for access to end.
    public func givesAccess(until: Timestamp?, at now: Timestamp) -> Bool {
        guard self == .active || self == .grace, let until else { return false }
        return now < until
    }

    /// Whether anything was ever paid, as far as the state tells.
    public var isPaid: Bool { self != .pending }
}
