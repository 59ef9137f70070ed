import Billing
import Model
import Testing

/// A store whose own state is asked for, as Google Play's is.
@Suite struct EntitlementTests {
    @Test func `access is computed when it is read`() {
        let entitlement = applied(fetched(.active, 0, 30, paid: 30))
        #expect(entitlement.hasAccess(at: day(29)))
        #expect(!entitlement.hasAccess(at: day(30)))
    }

    @Test(arguments: [StoreStatus.pending, .hold, .ended])
    func `these states give no access however long was paid`(status: StoreStatus) {
        let entitlement = applied(fetched(.active, 0, 30, paid: 30))
            .applying(SubscriptionEvent(at: day(1), fetched(status, 0, 30, paid: 30)), now: day(1))
        #expect(!entitlement.hasAccess(at: day(1)))
        #expect(entitlement.paidThrough == day(30))
    }

    @Test func `a period that has begun and is not paid yet gives access for the allowance only`() {
        #expect(applied(fetched(.active, 30, 60, paid: 30), at: 30).accessUntil == day(33))
    }

    @Test func `a failed payment gives grace from the last paid moment, then hold`() {
        let late = fetched(.pastDue, 30, 60, paid: 30)
        let grace = applied(late, at: 31)
        #expect(grace.state == .grace)
        #expect(grace.hasAccess(at: day(36)))
        #expect(!grace.hasAccess(at: day(37)), "although nothing was written since")
        #expect(applied(late, at: 37).state == .hold)
    }

    @Test func `a refund of the current period revokes, one of an older period does not`() {
        let paid = applied(fetched(.active, 30, 60, paid: 60), at: 30)
        let older = paid.applying(SubscriptionEvent(at: day(31), .refunded(through: day(30))), now: day(31))
        #expect(older == paid)
        let current = paid.applying(SubscriptionEvent(at: day(31), .refunded(through: day(60))), now: day(31))
        #expect(current.state == .revoked)
        #expect(current.accessUntil == day(31))
        #expect(!current.hasAccess(at: day(31)))
    }

    @Test func `what the store says now does not clear a refund, a later payment does`() {
        let refunded = applied(fetched(.active, 0, 30, paid: 30))
            .applying(SubscriptionEvent(at: day(1), .refunded(through: day(30))), now: day(1))
        let same = SubscriptionEvent(at: day(2), fetched(.active, 0, 30, paid: 30))
        #expect(refunded.applying(same, now: day(2)).state == .revoked)
        let anew = SubscriptionEvent(at: day(30), fetched(.active, 30, 60, paid: 60))
        #expect(refunded.applying(anew, now: day(30)).hasAccess(at: day(31)))
    }

    @Test func `a superseded subscription stays so, whatever is said of it`() {
        let over = applied(.superseded)
        let statement = SubscriptionStatement(at: day(1), report: report(.active, 0, 30, paid: 30))
        for kind in [fetched(.active, 0, 30, paid: 30), .invoiced(.stated(statement)), .known] {
            #expect(over.applying(SubscriptionEvent(at: day(1), kind), now: day(1)) == over)
        }
    }

    private func day(_ number: Int64) -> Timestamp { Timestamp(seconds: 1_700_000_000 + number * 86_400) }

    private func report(_ status: StoreStatus, _ start: Int64, _ end: Int64, paid: Int64) -> StoreReport {
        StoreReport(
            status: status,
            tier: TierName("basic"),
            periodStart: day(start),
            periodEnd: day(end),
            paidThrough: day(paid)
        )
    }

    private func fetched(
        _ status: StoreStatus,
        _ start: Int64,
        _ end: Int64,
        paid: Int64
    ) -> SubscriptionEvent.Kind {
        .fetched(report(status, start, end, paid: paid), reinstates: false)
    }

    private func applied(_ kind: SubscriptionEvent.Kind, at: Int64 = 0) -> Entitlement {
        Entitlement(provider: .google, environment: .sandbox)
            .applying(SubscriptionEvent(at: day(at), kind), now: day(at))
    }
}
