/// What became of binding a subscription to the order that its payment names.
public enum OrderBinding: Hashable, Sendable {
    case bound
    case boundBefore
    /// Nobody registered this hash, or it has expired: on a Payment Link the payer chooses it.
    case unknownOrder
    /// The order belongs to another subscription, and stays there.
    case boundElsewhere
}
