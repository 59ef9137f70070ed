/// Real money or the store's test world: two namespaces that never meet. The raw values are what the database holds.
public enum BillingEnvironment: String, Hashable, Sendable, CaseIterable {
    case production
    case sandbox
}
