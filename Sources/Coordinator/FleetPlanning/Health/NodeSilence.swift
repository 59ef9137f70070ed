import Model

/// How long a node has been silent.
struct NodeSilence {
    /// Since it was last heard.
    let unheard: Duration
    /// The part of it that the coordinator watched.
    let watched: Duration

    /// Nil for a node that was never heard: it has not begun, so it cannot fail.
    init?(_ node: ObservedNode, policy: HealthPolicy, watchingSince: Timestamp, now: Timestamp) {
        guard let heardAt = node.heardAt else { return nil }
        let watchedFrom = min(watchingSince, now)
        switch heardAt {
        case ...now:
            // One that is asked less often is given three of its heartbeats before its silence counts.
            let allowance = max(.zero, node.heartbeatInterval * 3 - policy.suspectAfter)
            unheard = max(.zero, now - heardAt - allowance)
            watched = max(.zero, now - max(heardAt, watchedFrom) - allowance)
        case ...(now + policy.lostAfter) where !Self.isOlder(heardAt, than: node):
            // The clock was put back since. Bounded, or a dead node would live until the clock has caught up.
            unheard = .zero
            watched = .zero
        default:
            // A time that says nothing: as if it had last been heard when it would just be missed.
            watched = now - watchedFrom
            unheard = max(watched, policy.lostAfter)
        }
    }

    /// Whether a silent node was last heard before it was found silent: then it has not been heard since, whatever the
    /// clock did in between.
    private static func isOlder(_ heardAt: Timestamp, than node: ObservedNode) -> Bool {
        (node.health == .suspect || node.health == .lost) && heardAt < node.healthSince
    }
}
