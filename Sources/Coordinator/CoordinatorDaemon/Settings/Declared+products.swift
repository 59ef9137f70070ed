import Billing
import DaemonRuntime

/// The settings of what the providers sell besides tiers.
extension Declared {
    static let ignoredProducts = Setting(
        "products.ignored",
        .list(of: .productID),
        default: [],
        help: """
            Products of any provider that give nothing here, such as one that another service delivers. A subscription to
            nothing else is none of ours. Those that give nothing beside some tiers alone stand in their ignored_products.
            """
    )
    static let tierOrder = Setting(
        "products.tier_order",
        .list(of: .tierName),
        default: [],
        help: """
            Tiers from the smallest to the largest. A subscription to products of several of them has the largest; where
            one is missing here, it keeps the tier that it had, and its event waits for a person.
            """
    )
    static let addOns = Setting(
        "add_ons",
        .rows(
            example:
                "tiers = []\nstripe_prices = [\"price_…\"]\napple_products = [\"…\"]\ngoogle_products = [\"…\"]\npeers = 5\nbuckets = 0\nobject_limit_mb = 1024\npresign_seconds = 900"
        ) {
            row throws(SettingsError) in try AddOnSetting(&row)
        },
        default: [],
        help: """
            Products that add to the tier beside them: peers, a bucket, or both. tiers names the tiers beside which they
            count (none: all); one product may stand in several rows, for other tiers.
            """
    )
    static let testPurchasesAccepted = Setting(
        "test_purchases.accepted",
        .boolean,
        default: true,
        help: """
            Whether production takes purchases of the test worlds: Apple's reviewers and TestFlight buy in the sandbox, and
            Apple rejects apps that refuse them; Google's licence testers likewise. They cost nothing.
            """
    )
    static let testPurchaseTier = Setting(
        "test_purchases.tier",
        .string,
        default: "",
        help: "The tier of [[tiers]] that they get. Empty: one of their own, without a bucket, named test-purchase."
    )
    static let testPurchasePeers = Setting(
        "test_purchases.peers",
        .integer(in: 1...100),
        default: 2,
        help: "The most peers of a test purchase, on that tier of their own: a reviewer has one or two devices."
    )
    static let testPurchasesAtOnce = Setting(
        "test_purchases.at_once_max",
        .integer(in: 1...100_000),
        default: 50,
        help: "How many test purchases may have access at once; a public TestFlight link brings 10,000 testers at most."
    )
    static let testPurchaseLifetime = Setting(
        "test_purchases.lifetime_s",
        .seconds(in: 300...2_592_000),
        default: .seconds(86_400),
        help: "Access of a test purchase after the provider's last word of it; a review takes about a day."
    )
}

extension SettingType where Value == String {
    /// A provider's name of a product or price.
    static var productID: Self {
        .text(
            "a product's id: 1 to 255 bytes, no control characters, no space at either end",
            parse: { text in isProductID(text) ? text : nil },
            render: { $0 }
        )
    }

    private static func isProductID(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text.unicodeScalars.first?.properties.isWhitespace == false
            && text.unicodeScalars.last?.properties.isWhitespace == false
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: false
                default: true
                }
            }
    }
}

extension SettingType where Value == TierName {
    static var tierName: Self {
        .text(
            "a name of 1 to 32 letters a-z, digits, - and _, starting with a letter",
            parse: { TierName($0) },
            render: { $0.text }
        )
    }
}
