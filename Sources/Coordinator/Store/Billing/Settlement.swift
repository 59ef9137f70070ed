import Database

/// What events come to that were looked at together, in their order: those of one subscription, or one that names none.
/// They take effect together, in one transaction, or not at all.
public struct Settlement: Sendable {
    public enum Verdict: Hashable, Sendable {
        case effect(InboxEffect)
        /// It has nothing to do.
        case nothing
        /// A person has to look at it, and is told why.
        case parked(String)
        /// It is due again after a pause that doubles from about 5 s up to an hour.
        ///
        /// - Parameter keepsPlace: whether the later events of its subscription wait for it.
        case postponed(keepsPlace: Bool)
        /// Nobody has looked at it: it is due at once, as if it had not been taken.
        case untried
    }

    public let events: [(entry: InboxEntry, verdict: Verdict)]

    public init(_ events: [(entry: InboxEntry, verdict: Verdict)]) {
        self.events = events
    }

    var effects: [InboxEffect] {
        events.compactMap { event in
            guard case .effect(let effect) = event.verdict else { return nil }
            return effect
        }
    }
}

/// What became of a settlement.
public enum SettlementOutcome: Hashable, Sendable {
    /// For each event what became of its effect; nil where it has none.
    case settled([InboxOutcome?])
    /// Somebody wrote the subscription since the store was asked: nothing was done.
    case overtaken
    /// The event did not name its subscription, of which an older event is held: it waits for that one now.
    case behind
    /// The database does not take it, and will not take it later either: nothing was done.
    case refused(DatabaseError)
}
