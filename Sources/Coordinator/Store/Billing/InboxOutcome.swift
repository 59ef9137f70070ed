import Model

/// What became of an event's effect.
public enum InboxOutcome: Hashable, Sendable {
    case applied(SubscriptionID)
    /// It took effect, but a person has to look at the order that it names.
    case appliedAndParked(SubscriptionID, OrderBinding)
    /// Another worker was first, or has it now.
    case settledBefore
    /// Somebody wrote the subscription since the store was asked: ask again.
    case overtaken
}
