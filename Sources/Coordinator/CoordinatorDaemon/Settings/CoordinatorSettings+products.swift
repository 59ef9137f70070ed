import Billing
import DaemonRuntime
import Store

extension CoordinatorSettings {
    static func tiers(_ all: Settings) throws(SettingsError) -> TierCatalogue {
        do {
            return try TierCatalogue(
                all[Declared.tiers].map(\.tier),
                addOns: all[Declared.addOns].map(\.addOn),
                ignored: Set(all[Declared.ignoredProducts]),
                order: all[Declared.tierOrder]
            )
        } catch {
            throw all.wrong(Declared.tiers, expected: "without contradiction (\(error))")
        }
    }

    static func checkTestPurchases(_ all: Settings, tiers: TierCatalogue) throws(SettingsError) {
        let name = all[Declared.testPurchaseTier]
        guard !name.isEmpty else { return }
        guard let tier = TierName(name), tiers[tier] != nil else {
            throw all.wrong(Declared.testPurchaseTier, expected: "the name of one of [[tiers]], or empty")
        }
    }

    var billingPolicy: BillingPolicy {
        BillingPolicy(
            grace: self[Declared.grace],
            renewalAllowance: self[Declared.renewalAllowance],
            processingAllowance: self[Declared.processingAllowance],
            invoiceAllowance: self[Declared.invoiceAllowance],
            renewalLateness: self[Declared.renewalLateness]
        )
    }

    private static let ownTestTier = TierName("test-purchase")!

    /// Nil where no test purchases are taken beside purchases of money.
    var testPurchases: TestPurchaseTerms? {
        guard self[Declared.production], self[Declared.testPurchasesAccepted] else { return nil }
        return TestPurchaseTerms(
            tier: TierName(self[Declared.testPurchaseTier]) ?? Self.ownTestTier,
            atOnceMax: self[Declared.testPurchasesAtOnce],
            lifetime: self[Declared.testPurchaseLifetime]
        )
    }

    /// What each tier allows, by name.
    var tierLimits: [String: TierLimits] {
        var limits: [String: TierLimits] = [:]
        if let testPurchases {
            limits[testPurchases.tier.text] = TierLimits(
                peers: self[Declared.testPurchasePeers],
                regions: [],
                requestsPerMinute: 60
            )
        }
        for tier in tiers.tiers {
            limits[tier.name.text] = TierLimits(
                peers: tier.peerLimit,
                regions: tier.regions,
                requestsPerMinute: tier.requestsPerMinute
            )
        }
        return limits
    }
}
