import Cryptography
import Model

/// A token that was just made. It is shown once: only its keyed hash is stored.
public struct ClaimedToken: Sendable {
    public let token: SubscriptionToken
    public let subscription: SubscriptionID
    /// Whether it was made by an earlier request, of which this one is a repetition.
    public var isRepeated = false
}
