import Billing
import Model
import SeededRandom

/// A subscription's life as Stripe would live it: the events that it sends, what it would answer at each of them, and what
/// its customer may use at the end, told without the rules that are tested.
struct EventHistory {
    private(set) var events: [SubscriptionEvent] = []
    /// What Stripe would have answered when it sent each event, and of which it would not tell: money that went back.
    private(set) var answers: [InvoicingFact] = []
    /// The last moment up to which Stripe ever gave access, by its own state and the policy.
    private(set) var grantedUntil: Timestamp
    /// The end of the last event.
    private(set) var now: Timestamp

    let policy = BillingPolicy()
    static let (basic, plus) = (TierName("basic")!, TierName("plus")!)
    static let month: Duration = .seconds(30 * 86_400)
    static let year: Duration = .seconds(365 * 86_400)

    private struct Plan: Hashable {
        let price: String
        let tier: TierName
        let length: Duration
    }

    private static let plans = [
        Plan(price: "basic_month", tier: basic, length: month), Plan(price: "plus_month", tier: plus, length: month),
        Plan(price: "basic_year", tier: basic, length: year),
    ]

    private var plan: Plan
    private var status = StoreStatus.pending
    private var start: Timestamp
    private var end: Timestamp
    private var renews = true
    /// The paid invoices, the newest last, and which of them is the present period's.
    private var invoices: [InvoicePayment] = []
    private var period: String?
    /// Up to where money was paid and not refunded.
    private var paidThrough: Timestamp?
    private var isReturned = false
    private var isOver: Bool { status == .ended || isReturned }

    init(using random: inout SplitMix64) {
        now = Timestamp(seconds: 1_700_000_000)
        (start, grantedUntil) = (now, now)
        plan = Self.plans[Int.random(in: 0..<3, using: &random)]
        end = start + plan.length
        tell(.created)
        guard Int.random(in: 0..<8, using: &random) > 0 else { return }
        pay(was: .pending)
        for _ in 0..<Int.random(in: 0...5, using: &random) where !isOver { step(using: &random) }
    }

    private mutating func step(using random: inout SplitMix64) {
        now = now + .seconds(Int64.random(in: 60...7200, using: &random))
        switch Int.random(in: 0..<14, using: &random) {
        case 0: finish()
        case 1: refund(of: period)
        case 2: refund(of: invoices.first?.invoice)
        case 3:
            // It fails at the bank a day later.
            let facts = refund(of: period)
            now = now + .seconds(86_400)
            if let facts { takeBack(facts) }
        case 4: disputeAndWin()
        case 5, 6: change(to: Self.plans[Int.random(in: 0..<3, using: &random)])
        case 7:
            renew()
            now = now + .seconds(3 * 86_400)
            pay(was: nil)
        case 8:
            renew()
            fail()
            switch Int.random(in: 0..<3, using: &random) {
            case 0: pay(was: .pastDue)
            case 1: finish()
            default: break
            }
        case 9:
            renews.toggle()
            tell(.changed)
        default:
            renew()
            pay(was: nil)
        }
    }

    /// The next period begins an hour before anybody tries to collect.
    private mutating func renew() {
        now = max(now, end)
        (start, end, renews, period) = (now, now + plan.length, true, nil)
        tell(.changed)
        now = now + .seconds(3600)
    }

    private mutating func pay(was before: StoreStatus?) {
        status = .active
        paidThrough = end
        // Both in the same second, as Stripe does.
        if before != nil { tell(.changed, statusBefore: before) }
        period = "in_\(invoices.count)"
        bill(times: [stretch(plan, start, end)])
        if before == nil { tell(.changed) }
    }

    private mutating func fail() {
        status = .pastDue
        tell(.changed, statusBefore: .active)
        now = now + .seconds(86_400)
    }

    private mutating func finish() {
        let before = status
        status = .ended
        tell(.ended, statusBefore: before)
    }

    /// Another plan: within the period for the difference, or from now on with what was left given back.
    private mutating func change(to other: Plan) {
        guard other != plan, status == .active, period != nil else { return }
        let (before, oldStart, oldEnd) = (plan, start, end)
        plan = other
        if other.length != before.length {
            (start, end) = (now, now + other.length)
            paidThrough = end
            period = "in_\(invoices.count)"
        }
        tell(.changed, tierBefore: before.tier)
        if other.length == before.length {
            // Credit and charge up to the same moment: the year or month stays paid.
            bill(times: [])
        } else {
            let rest = stretch(before, max(now, oldStart), oldEnd)
            bill(times: [stretch(other, start, end)], credits: [rest])
        }
    }

    /// All the money of one invoice goes back.
    @discardableResult
    private mutating func refund(of invoice: String?) -> MoneyReturn? {
        guard let invoice, let payment = invoices.first(where: { $0.invoice == invoice }), payment.paysForTime else {
            return nil
        }
        let money = MoneyReturn(
            id: "ch_\(invoice)",
            charge: "ch_\(invoice)",
            invoice: invoice,
            at: now,
            kind: .refunded(500, isWhole: true)
        )
        if invoice == period { isReturned = true }
        send(.returned(money))
        return money
    }

    private mutating func takeBack(_ money: MoneyReturn) {
        isReturned = false
        send(
            .returned(
                MoneyReturn(
                    id: "re_\(money.invoice)",
                    charge: money.charge,
                    invoice: money.invoice,
                    at: now,
                    kind: .refundFailed(500)
                )
            )
        )
    }

    private mutating func disputeAndWin() {
        guard let period else { return }
        for kind in [MoneyReturn.Kind.disputed, .disputeEnded] {
            send(.returned(MoneyReturn(id: "dp_\(period)", invoice: period, at: now, kind: kind)))
            now = now + .seconds(86_400)
        }
        send(.returned(MoneyReturn(id: "dp_2", invoice: "in_of_nobody", at: now, kind: .disputed)))
    }

    private mutating func bill(
        times: [InvoicePayment.Stretch],
        credits: [InvoicePayment.Stretch] = []
    ) {
        let payment = InvoicePayment(
            invoice: "in_\(invoices.count)",
            madeAt: now,
            paidAt: now,
            times: times,
            credits: credits,
            amount: 500,
            tier: plan.tier
        )
        invoices.append(payment)
        send(.paid(payment))
    }

    private func stretch(_ plan: Plan, _ start: Timestamp, _ end: Timestamp) -> InvoicePayment.Stretch {
        .init(price: plan.price, start: start, end: end)
    }

    private mutating func tell(
        _ stage: SubscriptionStatement.Stage,
        statusBefore: StoreStatus? = nil,
        tierBefore: TierName? = nil
    ) {
        send(.stated(statement(stage, statusBefore: statusBefore, tierBefore: tierBefore)))
        switch status {
        case .active where paidThrough == end: grantedUntil = max(grantedUntil, end + policy.renewalLateness)
        case .active, .pastDue:
            let paid = (paidThrough ?? start) + policy.processingAllowance
            grantedUntil = max(grantedUntil, max(end, paid))
        case .pending, .grace, .hold, .ended: break
        }
    }

    private func statement(
        _ stage: SubscriptionStatement.Stage,
        statusBefore: StoreStatus? = nil,
        tierBefore: TierName? = nil,
        owing: SubscriptionStatement.Owing = .unknown
    ) -> SubscriptionStatement {
        SubscriptionStatement(
            at: now,
            stage: stage,
            report: StoreReport(
                status: status,
                tier: plan.tier,
                periodStart: start,
                periodEnd: end,
                autoRenew: renews
            ),
            owing: owing,
            statusBefore: statusBefore,
            tierBefore: tierBefore
        )
    }

    private mutating func send(_ fact: InvoicingFact) {
        events.append(SubscriptionEvent(at: now, .invoiced(fact)))
        answers.append(answer)
    }

    /// What Stripe answers now.
    var answer: InvoicingFact {
        .answered(
            statement(.answered, owing: period == nil ? .open(due: nil) : .nothing),
            payments: invoices.reversed()
        )
    }

    /// Asking once.
    var reconcile: SubscriptionEvent { SubscriptionEvent(at: now, .invoiced(answer)) }

    // What its customer may use at the end

    var state: EntitlementState {
        if isReturned { return .revoked }
        return switch status {
        case .pending: .pending
        case .active: .active
        case .pastDue, .grace: now < (paidThrough ?? start) + policy.grace ? .grace : .hold
        case .hold: .hold
        case .ended: .expired
        }
    }

    var tier: TierName { plan.tier }

    /// Nil for no access.
    var accessUntil: Timestamp? {
        switch state {
        case .active where paidThrough == end: renews ? end + policy.renewalLateness : end
        case .active: min(end, (paidThrough ?? start) + policy.processingAllowance)
        case .grace: (paidThrough ?? start) + policy.grace
        case .pending, .hold, .expired, .revoked, .superseded: nil
        }
    }

    var hasAccess: Bool { accessUntil.map { now < $0 } ?? false }
}
