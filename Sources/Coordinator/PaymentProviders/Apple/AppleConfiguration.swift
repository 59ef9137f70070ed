import Billing

/// What the operator has set up at Apple.
public struct AppleConfiguration: Hashable, Sendable {
    public let bundleID: String
    /// The app's number in the App Store; without it nothing of production counts.
    public let appID: Int64?
    public let environment: BillingEnvironment
    /// DER of the root that signatures have to lead to.
    public let root: [UInt8]

    public init(bundleID: String, appID: Int64?, environment: BillingEnvironment, root: [UInt8]) {
        self.bundleID = bundleID
        self.appID = appID
        self.environment = environment
        self.root = root
    }

    /// Apple's own word. Xcode and LocalTesting are signed by nobody, and never count.
    var environmentName: String { environment == .production ? "Production" : "Sandbox" }
}
