import Billing

/// What the operator has set up at Apple.
public struct AppleConfiguration: Hashable, Sendable {
    public let bundleID: String
    /// The app's number in the App Store; without it nothing of production counts.
    public let appID: Int64?
    public let environment: BillingEnvironment
    /// DER of the root that signatures have to lead to.
    public let root: [UInt8]
    /// What purchases of the sandbox may use in production; nil where they are refused.
    public let testPurchases: TestPurchaseTerms?

    public init(
        bundleID: String,
        appID: Int64?,
        environment: BillingEnvironment,
        root: [UInt8],
        testPurchases: TestPurchaseTerms? = nil
    ) {
        self.bundleID = bundleID
        self.appID = appID
        self.environment = environment
        self.root = root
        self.testPurchases = testPurchases
    }

    /// The world that Apple's word means, where a text of it may come here at all: App Review and TestFlight buy in the
    /// sandbox with the build of production. Xcode and LocalTesting are signed by nobody, and never count.
    func world(_ word: String) -> BillingEnvironment? {
        switch word {
        case "Production" where environment == .production: .production
        case "Sandbox": .sandbox
        default: nil
        }
    }

    func isTest(_ world: BillingEnvironment) -> Bool { world != environment }
}
