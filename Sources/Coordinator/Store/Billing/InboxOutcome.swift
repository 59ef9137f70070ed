import Model

/// What became of an event's effect.
public enum InboxOutcome: Hashable, Sendable {
    case applied(SubscriptionID)
    /// It took effect, as far as it could, and a person has to look at it.
    case appliedAndParked(SubscriptionID, ParkingReason)
    /// Another worker was first, or has it now.
    case settledBefore
    /// Somebody wrote the subscription since the store was asked: ask again.
    case overtaken
}
