import Model
import Testing

@testable import Billing

/// Why an entitlement is what it is, in the words that an operator reads.
@Suite struct EntitlementFactsTests {
    private static let now = Timestamp("2026-03-01T12:00:00Z")!

    private func lines(_ entitlement: Entitlement, tierPeers: Int? = 5) -> [String] {
        entitlement.facts(served: .production, tierPeers: tierPeers, now: Self.now).map {
            "\($0.name): \($0.value)\($0.because.isEmpty ? "" : " (\($0.because))")"
        }
    }

    @Test func `a subscription in grace with an add-on is told fact by fact`() {
        var entitlement = Entitlement(
            provider: .stripe,
            environment: .production,
            tier: TierName("basic"),
            state: .grace,
            accessUntil: Self.now + .seconds(60),
            paidThrough: Self.now - .seconds(40),
            eventAt: Self.now - .seconds(40)
        )
        (entitlement.products, entitlement.extraPeers) = (["price_basic", "price_devices"], 3)
        #expect(
            lines(entitlement) == [
                "provider: stripe (a purchase of the world that is served, production)",
                "state: grace (a payment failed, and access goes on while the provider tries again)",
                "access: yes (active or grace, before its end)",
                "access until: 2026-03-01T12:01:00Z (100 s after the end of what was paid: grace, or an allowance)",
                "paid through: 2026-03-01T11:59:20Z", "renews: yes",
                "products: price_basic, price_devices (as the provider names them)", "tier: basic (by its products)",
                "peers allowed: 8 (5 by the tier, 3 by add-ons)",
                "last word: 2026-03-01T11:59:20Z (of the provider's clock)",
            ]
        )
    }

    @Test func `a paid subscription without a tier says what is to be mended`() {
        var entitlement = Entitlement(
            provider: .google,
            environment: .sandbox,
            state: .active,
            accessUntil: Self.now + .seconds(60)
        )
        (entitlement.products, entitlement.productProblem) = (["gold"], "no tier has the product gold")
        let told = lines(entitlement, tierPeers: nil)
        #expect(told[0] == "provider: google (a test purchase: it has a tier of its own and ends soon)")
        #expect(told.contains("tier: none (no product named one: paid for, it cannot be used)"))
        #expect(told.contains("to mend: no tier has the product gold (in the settings)"))
    }

    @Test func `the App Store's periods are told without their ids`() {
        var ledger = AppStoreLedger()
        ledger.take(
            .init(
                id: "2000000123456789",
                tier: TierName("plus"),
                purchasedAt: Self.now - .seconds(100),
                expiresAt: Self.now + .seconds(100),
                revokedAt: Self.now,
                isRenewal: true,
                signedAt: Self.now
            ),
            from: .store
        )
        var entitlement = Entitlement(provider: .apple, environment: .production, state: .revoked)
        entitlement.ledger = ledger
        let told = lines(entitlement).joined(separator: "\n")
        #expect(told.contains("period: 2026-03-01T11:58:20Z to 2026-03-01T12:01:40Z (plus, a renewal, taken back at"))
        #expect(!told.contains("2000000123456789"))
    }

    @Test func `a test purchase has a tier of its own and ends soon`() {
        let terms = TestPurchaseTerms(tier: TierName("test")!, atOnceMax: 1, lifetime: .seconds(60))
        var entitlement = Entitlement(
            provider: .apple,
            environment: .sandbox,
            tier: TierName("plus"),
            state: .active,
            accessUntil: Self.now + .seconds(1000)
        )
        entitlement.extraPeers = 9
        let limited = entitlement.limited(by: terms, now: Self.now)
        #expect(limited.tier == terms.tier && limited.extraPeers == 0)
        #expect(limited.accessUntil == Self.now + .seconds(60))
        entitlement.accessUntil = Self.now + .seconds(5)
        #expect(entitlement.limited(by: terms, now: Self.now).accessUntil == Self.now + .seconds(5))
    }
}
