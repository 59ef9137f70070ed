/// A store that sells subscriptions. The raw values are what the database holds.
public enum PaymentProvider: String, Hashable, Sendable, CaseIterable {
    case stripe
    case apple
    case google
}
