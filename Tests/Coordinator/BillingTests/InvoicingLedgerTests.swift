import Billing
import Model
import Testing

/// What a subscription may use, by what Stripe has said of it and of its invoices.
@Suite struct InvoicingLedgerTests {
    private let policy = BillingPolicy()
    private let lateness: Int64 = 3600

    // Paid time

    @Test func `a paid period gives access to its end, and for as long as the next one's event may be late`() {
        let paid = entitlement([stated(.active, 0, 30), invoice("in_1", [("basic", 0, 30)])], now: 1)
        #expect(paid.accessUntil == day(30) + policy.renewalLateness)
        let ending = entitlement([stated(.active, 0, 30, renews: false), invoice("in_1", [("basic", 0, 30)])], now: 1)
        #expect(ending.accessUntil == day(30))
    }

    @Test func `a payment alone gives access, and its price the tier, until the subscription's own event comes`() {
        let early = entitlement([invoice("in_1", [("basic", 0, 30)], tier: "basic")], now: 1)
        #expect(early.hasAccess(at: day(1)))
        #expect(early.tier == TierName("basic"))
        let stated = early.applying(event(self.stated(.active, 0, 30, tier: "plus"), at: 0), now: day(1))
        #expect(stated.tier == TierName("plus"))
    }

    @Test func `a payment that is newer than incomplete makes it active`() {
        let entitlement = entitlement(
            [stated(.pending, 0, 30, at: 0), invoice("in_1", [("basic", 0, 30)], at: 1)],
            now: 1
        )
        #expect(entitlement.state == .active)
    }

    @Test func `an invoice whose lines were not all to be seen paid for the subscription's period`() {
        let paid = invoice("in_2", [], at: 30, periodAt: 30)
        let facts = [stated(.active, 30, 60, at: 30), invoice("in_1", [("basic", 0, 30)]), paid]
        #expect(entitlement(facts, now: 50).hasAccess(at: day(59)))
        #expect(entitlement(facts.reversed(), now: 50).hasAccess(at: day(59)))
    }

    @Test func `an upgrade within the year leaves the year paid`() {
        let upgrade = invoice("in_2", [], at: 20)
        let facts = [stated(.active, 0, 365, tier: "plus", at: 20), invoice("in_1", [("year", 0, 365)]), upgrade]
        #expect(entitlement(facts, now: 21).paidThrough == day(365))
    }

    @Test func `a year that was changed to a month is paid for the month, and grace counts from there`() {
        let change = invoice("in_2", [("month", 10, 40)], credits: [("year", 10, 365)], at: 10)
        let facts = [
            invoice("in_1", [("year", 0, 365)]), stated(.active, 10, 40, at: 10), change,
            stated(.pastDue, 40, 70, at: 40),
        ]
        let failed = entitlement(facts, now: 41)
        #expect(failed.state == .grace)
        #expect(failed.accessUntil == day(47))
        #expect(entitlement(facts, now: 48).state == .hold)
        #expect(entitlement(facts.reversed(), now: 48).state == .hold)
    }

    @Test func `an extra that ended early gives back its own time and no other's`() {
        let end = invoice("in_2", [], credits: [("address", 10, 30)], at: 10)
        let facts = [stated(.active, 0, 30, at: 10), invoice("in_1", [("basic", 0, 30), ("address", 0, 30)]), end]
        #expect(entitlement(facts, now: 11).paidThrough == day(30))
    }

    // Time that is not paid yet

    @Test func `a debit under way gives access while Stripe says active, within the allowance`() {
        let facts = [invoice("in_1", [("basic", 0, 30)]), stated(.active, 30, 60, at: 30)]
        #expect(entitlement(facts, now: 35).accessUntil == day(44))
        let asked = answered(.active, 30, 60, .open(due: nil), paid: [("basic", 0, 30)])
        #expect(entitlement([asked], now: 35).accessUntil == day(44))
    }

    @Test func `an invoice that Stripe has not sent yet gives the smaller allowance`() {
        let asked = answered(.active, 30, 60, .notAsked, paid: [("basic", 0, 30)])
        #expect(entitlement([asked], now: 31).accessUntil == day(33))
    }

    @Test(arguments: [(30, 60), (10, 44), (90, 90)] as [(Int64, Int64)])
    func `a mailed invoice gives access until it is due`(due: Int64, until: Int64) {
        let asked = answered(.active, 30, 120, .open(due: day(30 + due)), paid: [("basic", 0, 30)])
        #expect(entitlement([asked], now: 31).accessUntil == day(until))
        let mailed = stated(.active, 30, 120, collection: .mailed(due: .seconds(due * 86_400)), at: 30)
        #expect(entitlement([invoice("in_1", [("basic", 0, 30)]), mailed], now: 31).accessUntil == day(until))
    }

    @Test func `a mailed invoice that is overdue has its grace from when it was due`() {
        let mailed = stated(.pastDue, 30, 60, collection: .mailed(due: .seconds(30 * 86_400)), at: 60)
        #expect(entitlement([invoice("in_1", [("basic", 0, 30)]), mailed], now: 60).accessUntil == day(67))
    }

    @Test func `every allowance is what the settings say`() {
        let policy = BillingPolicy(
            grace: .seconds(1),
            renewalAllowance: .seconds(2),
            processingAllowance: .seconds(3),
            invoiceAllowance: .seconds(4),
            renewalLateness: .seconds(5)
        )
        func until(_ fact: InvoicingFact) -> Timestamp? {
            Entitlement(provider: .stripe, environment: .sandbox)
                .applying(event(fact, at: 30), now: day(30), policy: policy).accessUntil
        }
        let paid = [("basic", Int64(0), Int64(30))]
        #expect(until(answered(.pastDue, 30, 60, .open(due: nil), paid: paid)) == day(30) + .seconds(1))
        #expect(until(answered(.active, 30, 60, .notAsked, paid: paid)) == day(30) + .seconds(2))
        #expect(until(answered(.active, 30, 60, .open(due: nil), paid: paid)) == day(30) + .seconds(3))
        #expect(until(answered(.active, 30, 60, .open(due: day(60)), paid: paid)) == day(30) + .seconds(4))
        #expect(until(answered(.active, 0, 30, .nothing, paid: paid)) == day(30) + .seconds(5))
    }

    @Test func `a trial that was granted later is not cut by what was paid before`() {
        let trial = stated(.active, 30, 60, collection: .free, at: 30)
        #expect(entitlement([invoice("in_1", [("basic", 0, 30)]), trial], now: 31).hasAccess(at: day(59)))
    }

    @Test
    func `a paused collection gives what was paid where the service stands still, and the period where it goes on`() {
        let paid = invoice("in_1", [("basic", 0, 30)])
        let still = stated(.active, 30, 60, collection: .suspended, at: 30)
        #expect(entitlement([paid, still], now: 30).accessUntil == day(30))
        let within = stated(.active, 0, 30, collection: .suspended, at: 10)
        #expect(entitlement([paid, within], now: 10).hasAccess(at: day(29)))
        let on = stated(.active, 30, 60, collection: .free, at: 30)
        #expect(entitlement([paid, on], now: 30).hasAccess(at: day(59)))
    }

    // Money back

    @Test func `all the money of the period back revokes, a part of it does not, and parts add up`() {
        let paid = [stated(.active, 0, 30), invoice("in_1", [("basic", 0, 30)])]
        #expect(entitlement(paid + [refund("ch_1", "in_1", 500)], now: 2).state == .revoked)
        #expect(entitlement(paid + [refund("ch_1", "in_1", 200, isWhole: false)], now: 2).state == .active)
        let halves = [refund("ch_1", "in_1", 200), refund("ch_2", "in_1", 300)]
        #expect(entitlement(paid + [halves[0]], now: 2).state == .active, "another charge paid the rest")
        #expect(entitlement(paid + halves, now: 2).state == .revoked)
    }

    @Test func `the previous period's money back leaves the present one, in any order`() {
        let facts = [
            stated(.active, 30, 60, at: 30), invoice("in_1", [("basic", 0, 30)]),
            invoice("in_2", [("basic", 30, 60)], at: 30), refund("ch_1", "in_1", 500, at: 31),
        ]
        #expect(entitlement(facts, now: 32).hasAccess(at: day(59)))
        #expect(entitlement(facts.reversed(), now: 32).hasAccess(at: day(59)))
        #expect(entitlement([facts[0], facts[1], facts[3]], now: 32).hasAccess(at: day(32)), "its payment is late")
    }

    @Test func `a fee that was paid beside a free trial takes no trial along when it goes back`() {
        let fee = invoice("in_1", [("basic", 0, 14)], costsMoney: false)
        let facts = [stated(.active, 0, 14, collection: .free), fee, refund("ch_1", "in_1", 500)]
        #expect(entitlement(facts, now: 2).hasAccess(at: day(13)))
    }

    @Test func `a refund that failed later gives the period back`() {
        let failed = InvoicingFact.returned(
            MoneyReturn(id: "re_1", charge: "ch_1", invoice: "in_1", at: day(3), kind: .refundFailed(500))
        )
        let facts = [stated(.active, 0, 30), invoice("in_1", [("basic", 0, 30)]), refund("ch_1", "in_1", 500), failed]
        #expect(entitlement(facts, now: 4).hasAccess(at: day(29)))
        #expect(entitlement(facts.reversed(), now: 4).hasAccess(at: day(29)))
        let again = facts + [refund("ch_1", "in_1", 500, at: 5)]
        #expect(entitlement(again, now: 6).state == .revoked)
    }

    @Test func `a dispute takes the period that it is about, until it is won`() {
        let facts = [stated(.active, 0, 30), invoice("in_1", [("basic", 0, 30)]), dispute(.disputed, at: 2)]
        #expect(entitlement(facts, now: 3).state == .revoked)
        #expect(entitlement(facts + [dispute(.disputeEnded, at: 9)], now: 9).hasAccess(at: day(29)))
        let newer = facts + [stated(.active, 30, 60, at: 30), invoice("in_2", [("basic", 30, 60)], at: 30)]
        #expect(entitlement(newer, now: 31).hasAccess(at: day(59)), "the next period was paid")
    }

    @Test func `a refund stays in force whatever Stripe answers, until another period is paid`() {
        let refunded = entitlement(
            [stated(.active, 0, 30), invoice("in_1", [("basic", 0, 30)]), refund("ch_1", "in_1", 500)],
            now: 2
        )
        let same = answered(.active, 0, 30, .nothing, paid: [("basic", 0, 30)])
        #expect(refunded.applying(event(same, at: 3), now: day(3)).state == .revoked)
        let next = answered(.active, 30, 60, .nothing, paid: [("basic", 30, 60)], invoice: "in_2")
        #expect(refunded.applying(event(next, at: 31), now: day(31)).hasAccess(at: day(59)))
    }

    // Words of one second, and from before

    @Test func `of changes in one second the one that no other names as before counts`() {
        let first = stated(.active, 0, 30, tier: "plus", tierBefore: "basic")
        let second = stated(.active, 0, 30, tier: "middle", tierBefore: "plus")
        let third = stated(.active, 0, 30, tier: "large", tierBefore: "middle")
        for facts in [
            [first, second, third], [third, first, second], [second, third, first], [third, second, first],
        ] {
            #expect(entitlement(facts, now: 1).tier == TierName("large"))
        }
    }

    @Test func `an end that comes late counts, although other reports are newer`() {
        let facts = [stated(.active, 0, 30, at: 10), stated(.ended, 0, 30, at: 9)]
        #expect(entitlement(facts, now: 11).state == .expired)
    }

    @Test(arguments: EntitlementState.allCases)
    func `an entitlement from before facts were kept goes on as it was`(state: EntitlementState) {
        let before = Entitlement(
            provider: .stripe,
            environment: .sandbox,
            tier: TierName("basic"),
            state: state,
            accessUntil: day(30),
            paidThrough: day(30),
            eventAt: day(1)
        )
        let extra = invoice("in_extra", [])
        let after = before.applying(event(extra, at: 2), now: day(2))
        #expect(after.hasAccess(at: day(29)) == before.hasAccess(at: day(29)))
        if state == .revoked {
            let same = answered(.active, 0, 30, .nothing, paid: [("basic", 0, 30)])
            #expect(after.applying(event(same, at: 3), now: day(3)).state == .revoked)
        }
    }

    // Material

    private func day(_ number: Int64) -> Timestamp { Timestamp(seconds: 1_700_000_000 + number * 86_400) }

    private func event(_ fact: InvoicingFact, at: Int64) -> SubscriptionEvent {
        SubscriptionEvent(at: day(at), .invoiced(fact))
    }

    private func entitlement(_ facts: [InvoicingFact], now: Int64) -> Entitlement {
        facts.reduce(Entitlement(provider: .stripe, environment: .sandbox)) { entitlement, fact in
            entitlement.applying(event(fact, at: now), now: day(now))
        }
    }

    private func stated(
        _ status: StoreStatus,
        _ start: Int64,
        _ end: Int64,
        tier: String = "basic",
        renews: Bool = true,
        collection: SubscriptionStatement.Collection = .automatic,
        at: Int64 = 0,
        tierBefore: String? = nil,
        statusBefore: StoreStatus? = nil
    ) -> InvoicingFact {
        .stated(
            SubscriptionStatement(
                at: day(at),
                report: report(status, start, end, tier: tier, renews: renews),
                collection: collection,
                statusBefore: statusBefore,
                tierBefore: tierBefore.flatMap { TierName($0) }
            )
        )
    }

    private func answered(
        _ status: StoreStatus,
        _ start: Int64,
        _ end: Int64,
        _ owing: SubscriptionStatement.Owing,
        paid: [(String, Int64, Int64)],
        invoice: String = "in_1"
    ) -> InvoicingFact {
        let statement = SubscriptionStatement(
            at: day(start),
            stage: .answered,
            report: report(status, start, end, tier: "basic", renews: true),
            owing: owing
        )
        return .answered(statement, payments: [payment(invoice, paid, at: paid.first?.1 ?? 0)])
    }

    private func report(
        _ status: StoreStatus,
        _ start: Int64,
        _ end: Int64,
        tier: String,
        renews: Bool
    ) -> StoreReport {
        StoreReport(
            status: status,
            tier: TierName(tier),
            periodStart: day(start),
            periodEnd: day(end),
            autoRenew: renews
        )
    }

    private func invoice(
        _ id: String,
        _ times: [(String, Int64, Int64)],
        credits: [(String, Int64, Int64)] = [],
        at: Int64 = 0,
        costsMoney: Bool = true,
        periodAt: Int64? = nil,
        tier: String? = nil
    ) -> InvoicingFact {
        .paid(payment(id, times, credits: credits, at: at, costsMoney: costsMoney, periodAt: periodAt, tier: tier))
    }

    private func payment(
        _ id: String,
        _ times: [(String, Int64, Int64)],
        credits: [(String, Int64, Int64)] = [],
        at: Int64 = 0,
        costsMoney: Bool = true,
        periodAt: Int64? = nil,
        tier: String? = nil
    ) -> InvoicePayment {
        func stretch(_ line: (String, Int64, Int64)) -> InvoicePayment.Stretch {
            .init(price: line.0, start: day(line.1), end: day(line.2))
        }
        return InvoicePayment(
            invoice: id,
            madeAt: day(at),
            paidAt: day(at),
            times: times.map(stretch),
            credits: credits.map(stretch),
            costsMoney: costsMoney,
            amount: 500,
            periodAt: periodAt.map(day),
            tier: tier.flatMap { TierName($0) }
        )
    }

    private func refund(
        _ charge: String,
        _ invoice: String,
        _ amount: Int64,
        isWhole: Bool = true,
        at: Int64 = 2
    ) -> InvoicingFact {
        let kind = MoneyReturn.Kind.refunded(amount, isWhole: isWhole)
        return .returned(MoneyReturn(id: charge, charge: charge, invoice: invoice, at: day(at), kind: kind))
    }

    private func dispute(_ kind: MoneyReturn.Kind, at: Int64) -> InvoicingFact {
        .returned(MoneyReturn(id: "dp_1", charge: "ch_1", invoice: "in_1", at: day(at), kind: kind))
    }
}
