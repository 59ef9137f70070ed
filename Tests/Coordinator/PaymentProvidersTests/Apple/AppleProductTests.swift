import Billing
import Model
import Store
import Testing

@testable import PaymentProviders

/// What the App Store says besides subscriptions' usual lives.
@Suite(.timeLimit(.minutes(10)))
struct AppleProductTests {
    private static let (start, month) = (AppleNotice.start, AppleNotice.month)

    @Test(arguments: ["Consumable", "Non-Consumable", "Non-Renewing Subscription"])
    func `a purchase that is no subscription is a normal event`(kind: String) async throws {
        try await AppleDesk.open { desk in
            let answer = try await desk.deliver(AppleNotice(type: "ONE_TIME_CHARGE", kind: kind))
            #expect(answer == .ignored)
            #expect(!desk.log.text.contains("not for us"), "\(desk.log.text)")
            #expect(try await desk.claim(AppleNotice(kind: kind)).refusal == .invalid)
        }
    }

    @Test func `grace that is signed before the end, with a date or without, is access beyond the end`() async throws {
        for grace in [Self.start + Self.month + 16 * 86_400, nil] {
            try await AppleDesk.open { desk in
                _ = try await desk.deliver(AppleNotice())
                var notice = AppleNotice(id: "uuid-2", type: "DID_FAIL_TO_RENEW", signed: Self.start + Self.month - 60)
                (notice.grace, notice.retries, notice.status) = (grace, true, 4)
                desk.clock.now = Timestamp(seconds: notice.signed)
                _ = try await desk.deliver(notice)
                let entitlement = try await desk.entitlement()
                #expect(entitlement?.hasAccess(at: Timestamp(seconds: Self.start + Self.month + 86_400)) == true)
                let end = grace ?? Self.start + Self.month + 7 * 86_400
                #expect(entitlement?.accessUntil == Timestamp(seconds: end))
            }
        }
    }

    @Test func `a downgrade that is paid early begins when the paid period ends`() async throws {
        let texts: [(String, String?)] = [("DID_RENEW", nil), ("DID_RENEW", "RENEWAL"), ("SUBSCRIBED", "RENEWAL")]
        for (type, reason) in texts {
            try await AppleDesk.open { desk in
                _ = try await desk.deliver(AppleNotice(product: "plus.monthly"))
                let early = Self.start + Self.month - 80_000
                var notice = AppleNotice(id: "uuid-2", type: type, signed: early)
                (notice.transaction, notice.purchased, notice.reason) = ("1001", early, reason)
                desk.clock.now = Timestamp(seconds: early)
                _ = try await desk.deliver(notice)
                let entitlement = try await desk.entitlement()
                #expect(entitlement?.tier == TierName("plus"))
                #expect(entitlement?.accessUntil == Timestamp(seconds: early + Self.month))
                let change = TierChange(tier: TierName("basic")!, at: Timestamp(seconds: Self.start + Self.month))
                #expect(entitlement?.upcoming == change)
            }
        }
    }

    @Test func `a renewal by a product that nobody configured goes on with the tier, and waits for a person`()
        async throws
    {
        try await AppleDesk.open { desk in
            _ = try await desk.deliver(AppleNotice())
            var notice = AppleNotice(id: "uuid-2", type: "DID_RENEW", signed: Self.start + Self.month, product: "gold")
            (notice.transaction, notice.purchased) = ("1001", Self.start + Self.month)
            desk.clock.now = Timestamp(seconds: Self.start + Self.month)
            _ = try await desk.deliver(notice)
            let entitlement = try await desk.entitlement()
            #expect(entitlement?.tier == TierName("basic"))
            #expect(entitlement?.accessUntil == Timestamp(seconds: Self.start + 2 * Self.month))
            let parked = try await desk.rows("SELECT parked_reason AS text FROM webhook_inbox WHERE done_at IS NULL")
            #expect(parked == ["no tier has the product gold"])
            let figures = try await desk.store.billingFigures(.sandbox, now: desk.clock.now)
            #expect(figures.productProblems[.apple] == 1)
        }
    }

    @Test func `a first purchase of a product that nobody configured waits, and gives nothing`() async throws {
        try await AppleDesk.open { desk in
            _ = try await desk.deliver(AppleNotice(product: "gold"))
            let entitlement = try await desk.entitlement()
            #expect(entitlement == nil)
            let parked = try await desk.rows("SELECT parked_reason AS text FROM webhook_inbox WHERE done_at IS NULL")
            #expect(parked == ["no tier has the product gold"])
            #expect(try await desk.claim(AppleNotice(product: "gold")).refusal == .invalid)
        }
    }

    @Test func `time that was paid for an add-on alone does not prolong a tier`() async throws {
        try await AppleDesk.open { desk in
            _ = try await desk.deliver(AppleNotice())
            var notice = AppleNotice(id: "uuid-2", signed: Self.start + Self.month, product: "more.devices")
            (notice.transaction, notice.purchased) = ("1001", Self.start + Self.month - 60)
            _ = try await desk.deliver(notice)
            let entitlement = try await desk.entitlement()
            #expect(entitlement?.accessUntil == Timestamp(seconds: Self.start + Self.month))
            let parked = try await desk.rows("SELECT parked_reason AS text FROM webhook_inbox WHERE done_at IS NULL")
            #expect(parked == ["the add-on more.devices was bought without a tier"])
        }
    }
}
