import Billing
import DaemonRuntime
import Foundation
import Store
import Testing

@testable import CoordinatorDaemon

/// From the words of the settings' file to what decides.
@Suite struct BillingSettingsTests {
    private func settings(_ text: String) throws -> CoordinatorSettings {
        let path = FileManager.default.temporaryDirectory.appending(path: "holdfast-\(UUID()).toml").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try DurableFile.write(Array(text.utf8), to: path, mode: 0o644)
        return try CoordinatorSettings(file: path, overrides: [])
    }

    private func production(_ testPurchases: String) throws -> CoordinatorSettings {
        try settings("[billing]\nproduction = true\n[test_purchases]\n\(testPurchases)\n\(Self.tiers)")
    }

    private static let tiers = """
        [[tiers]]
        name = "basic"
        peers = 5
        stripe_prices = ["price_basic"]
        ignored_products = ["price_support"]

        [[tiers]]
        name = "family"
        peers = 20
        stripe_prices = ["price_family"]

        """

    @Test func `each allowance is the setting of its name`() throws {
        let policy = try settings(
            """
            [billing]
            grace_s = 11
            renewal_allowance_s = 12
            processing_allowance_s = 13
            invoice_allowance_s = 14
            renewal_lateness_s = 15
            \(Self.tiers)
            """
        ).billingPolicy
        #expect(policy.grace == .seconds(11))
        #expect(policy.renewalAllowance == .seconds(12))
        #expect(policy.processingAllowance == .seconds(13))
        #expect(policy.invoiceAllowance == .seconds(14))
        #expect(policy.renewalLateness == .seconds(15))
        #expect(try settings(Self.tiers).billingPolicy == BillingPolicy())
    }

    @Test func `what gives nothing, and which tier is the larger, is what the settings say`() throws {
        let tiers = try settings(
            """
            [products]
            ignored = ["price_newsletter"]
            tier_order = ["basic", "family"]
            \(Self.tiers)
            """
        ).tiers
        func grant(_ products: [String]) -> ProductGrant { tiers.grant(of: products, at: .stripe) }
        #expect(grant(["price_family", "price_basic"]).tier?.text == "family")
        #expect(grant(["price_newsletter"]).servesNothing && grant(["price_newsletter"]).problems.isEmpty)
        #expect(grant(["price_basic", "price_support"]).problems.isEmpty)
        #expect(!grant(["price_family", "price_support"]).problems.isEmpty)
    }

    @Test func `a test purchase has a tier and a limit of its own, and can be switched off`() throws {
        let apart = try production("peers = 3\nat_once_max = 7\nlifetime_s = 600")
        #expect(apart.testPurchases?.tier.text == "test-purchase")
        #expect(apart.testPurchases?.atOnceMax == 7 && apart.testPurchases?.lifetime == .seconds(600))
        #expect(apart.tierLimits["test-purchase"]?.peers == 3)
        #expect(apart.tierLimits["basic"]?.peers == 5)
        #expect(try production("").tierLimits["test-purchase"]?.peers == 2)
        #expect(try production("tier = \"family\"").tierLimits["family"]?.peers == 20)
        let off = try production("accepted = false")
        #expect(try settings(Self.tiers).testPurchases == nil)
        #expect(off.testPurchases == nil && off.tierLimits["test-purchase"] == nil)
        #expect(throws: SettingsError.self) { try production("tier = \"none\"") }
    }
}
