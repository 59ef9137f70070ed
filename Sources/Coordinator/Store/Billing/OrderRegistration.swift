/// What became of an app's wish to order.
public enum OrderRegistration: Hashable, Sendable {
    case new(Order)
    /// The same hash and tier were registered before.
    case repeated(Order)
    /// The hash was registered before, for another tier.
    case otherTier
}
