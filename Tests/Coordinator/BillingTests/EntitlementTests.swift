import Billing
import Model
import Testing

@Suite struct EntitlementTests {
    @Test func `access is computed when it is read`() {
        let entitlement = applied(report(.active, 0, 30), at: 0)
        #expect(entitlement.hasAccess(at: day(29)))
        #expect(!entitlement.hasAccess(at: day(30)))
    }

    @Test(arguments: [StoreStatus.pending, .hold, .ended])
    func `these states give no access however long was paid`(status: StoreStatus) {
        let entitlement = applied(.paid(through: day(30)), at: 0).applying(
            SubscriptionEvent(at: day(1), .fetched(self.status(status), reinstates: false)),
            now: day(1)
        )
        #expect(!entitlement.hasAccess(at: day(1)))
        #expect(entitlement.paidThrough == day(30))
    }

    @Test func `a period that has begun and is not paid yet gives access for the allowance only`() {
        let paid = applied(.paid(through: day(30)), at: 0)
        let renewed = paid.applying(SubscriptionEvent(at: day(30), report(.active, 30, 60)), now: day(30))
        #expect(renewed.accessUntil == day(33))
        #expect(renewed.paidThrough == day(30))
        let settled = renewed.applying(SubscriptionEvent(at: day(30), .paid(through: day(60))), now: day(30))
        #expect(settled.accessUntil == day(60))
    }

    @Test func `a failed payment gives grace from the last paid moment, then hold`() {
        let paid = applied(.paid(through: day(30)), at: 0)
        let late = SubscriptionEvent(at: day(31), report(.pastDue, 30, 60))
        let grace = paid.applying(late, now: day(31))
        #expect(grace.state == .grace)
        #expect(grace.hasAccess(at: day(36)))
        #expect(!grace.hasAccess(at: day(37)), "although nothing was written since")
        #expect(paid.applying(late, now: day(37)).state == .hold)
    }

    @Test func `grace without any known payment counts from where the unpaid period began`() {
        let grace = applied(report(.pastDue, 30, 60), at: 31)
        #expect(grace.accessUntil == day(37))
    }

    @Test func `a subscription that goes on unpaid over several periods gets one grace`() {
        let paid = applied(.paid(through: day(30)), at: 0)
        let next = paid.applying(SubscriptionEvent(at: day(61), report(.pastDue, 60, 90)), now: day(61))
        #expect(next.state == .hold)
        #expect(!next.hasAccess(at: day(61)))
    }

    @Test func `created that comes after updated does not take the payment back`() {
        let active = applied(report(.active, 0, 30), at: 0)
        let late = active.applying(SubscriptionEvent(at: day(0), report(.pending, 0, 30)), now: day(0))
        #expect(late == active)
    }

    @Test func `an older report changes no state`() {
        let grace = applied(.paid(through: day(30)), at: 0)
            .applying(SubscriptionEvent(at: day(31), report(.pastDue, 30, 60)), now: day(31))
        let late = grace.applying(SubscriptionEvent(at: day(30), report(.active, 30, 60)), now: day(31))
        #expect(late == grace)
    }

    @Test func `an older payment that comes late moves nothing back`() {
        let paid = applied(.paid(through: day(60)), at: 30)
        let late = paid.applying(SubscriptionEvent(at: day(0), .paid(through: day(30))), now: day(30))
        #expect(late.paidThrough == day(60))
        #expect(late.accessUntil == day(60))
    }

    @Test(arguments: [EntitlementState.expired, .revoked, .superseded])
    func `terminal states absorb what events carry`(state: EntitlementState) {
        var entitlement = applied(.paid(through: day(30)), at: 0)
        entitlement.state = state
        for kind in [report(.active, 0, 90), .paid(through: day(90)), report(.pastDue, 30, 60), .known] {
            let after = entitlement.applying(SubscriptionEvent(at: day(40), kind), now: day(40))
            #expect(after == entitlement)
        }
    }

    @Test func `a refund of the current period revokes, one of an older period does not`() {
        let paid = applied(.paid(through: day(60)), at: 30)
        let older = paid.applying(SubscriptionEvent(at: day(31), .refunded(through: day(30))), now: day(31))
        #expect(older == paid)
        let current = paid.applying(SubscriptionEvent(at: day(31), .refunded(through: day(60))), now: day(31))
        #expect(current.state == .revoked)
        #expect(current.accessUntil == day(31))
        #expect(!current.hasAccess(at: day(31)))
    }

    @Test func `what the store says now does not clear a refund, a later payment does`() {
        let refunded = applied(.paid(through: day(30)), at: 0)
            .applying(SubscriptionEvent(at: day(1), .refunded(through: day(30))), now: day(1))
        let same = SubscriptionEvent(at: day(2), fetched(.active, 0, 30, paid: 30))
        #expect(refunded.applying(same, now: day(2)).state == .revoked)
        let anew = SubscriptionEvent(at: day(30), fetched(.active, 30, 60, paid: 60))
        #expect(refunded.applying(anew, now: day(30)).hasAccess(at: day(31)))
    }

    @Test func `a dispute suspends until the store takes it back`() {
        let disputed = applied(.paid(through: day(30)), at: 0)
            .applying(SubscriptionEvent(at: day(3), .disputed), now: day(3))
        #expect(!disputed.hasAccess(at: day(4)))
        let report = StoreReport(
            status: .active,
            tier: TierName("basic"),
            periodStart: day(0),
            periodEnd: day(30),
            paidThrough: day(30)
        )
        let won = SubscriptionEvent(at: day(9), .fetched(report, reinstates: true))
        #expect(disputed.applying(won, now: day(9)).hasAccess(at: day(10)))
        let stale = SubscriptionEvent(at: day(2), .fetched(report, reinstates: true))
        let still = disputed.applying(stale, now: day(9))
        #expect(still.state == .revoked, "what was taken back came before this dispute")
    }

    @Test func `a cancelled subscription ends at once`() {
        let ended = applied(.paid(through: day(30)), at: 0)
            .applying(SubscriptionEvent(at: day(5), report(.ended, 0, 30)), now: day(5))
        #expect(ended.state == .expired)
        #expect(!ended.hasAccess(at: day(5)))
    }

    @Test func `an end that comes late counts, although other reports are newer`() {
        let active = applied(report(.active, 0, 30), at: 10)
        let ended = active.applying(SubscriptionEvent(at: day(9), report(.ended, 0, 30)), now: day(11))
        #expect(ended.state == .expired)
        #expect(ended.eventAt == day(10))
    }

    private func day(_ number: Int64) -> Timestamp { Timestamp(seconds: 1_700_000_000 + number * 86_400) }

    private func status(_ status: StoreStatus) -> StoreReport {
        StoreReport(status: status, tier: TierName("basic"), periodStart: day(0), periodEnd: day(30))
    }

    private func report(_ status: StoreStatus, _ start: Int64, _ end: Int64) -> SubscriptionEvent.Kind {
        .reported(
            StoreReport(status: status, tier: TierName("basic"), periodStart: day(start), periodEnd: day(end))
        )
    }

    private func fetched(
        _ status: StoreStatus,
        _ start: Int64,
        _ end: Int64,
        paid: Int64
    ) -> SubscriptionEvent.Kind {
        .fetched(
            StoreReport(
                status: status,
                tier: TierName("basic"),
                periodStart: day(start),
                periodEnd: day(end),
                paidThrough: day(paid)
            ),
            reinstates: false
        )
    }

    private func applied(_ kind: SubscriptionEvent.Kind, at: Int64) -> Entitlement {
        Entitlement(provider: .stripe, environment: .sandbox)
            .applying(SubscriptionEvent(at: day(at), kind), now: day(at))
    }
}
