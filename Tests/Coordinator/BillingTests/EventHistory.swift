import Billing
import Model
import SeededRandom

/// A subscription's life as a store would live it: the events that it sends, and the state that it is in at the end.
struct EventHistory {
    private(set) var events: [SubscriptionEvent] = []
    /// What the store would have answered when it sent each event.
    private(set) var answers: [StoreReport] = []
    /// The store's own state at the end.
    private(set) var report: StoreReport
    /// The last moment up to which the store ever gave access, by its own state and the policy.
    private(set) var grantedUntil: Timestamp

    private let policy = BillingPolicy()
    private static let tier = TierName("basic")
    private static let period: Duration = .seconds(30 * 86_400)

    /// The end of the last event.
    private(set) var now: Timestamp
    private var isRefunded = false

    init(using random: inout SplitMix64) {
        now = Timestamp(seconds: 1_700_000_000)
        grantedUntil = now
        report = StoreReport(
            status: .pending,
            tier: Self.tier,
            periodStart: now,
            periodEnd: now + Self.period
        )
        tell()
        guard Int.random(in: 0..<8, using: &random) > 0 else { return }
        pay()
        for _ in 0..<Int.random(in: 0...4, using: &random) where report.status != .ended && !isRefunded {
            step(using: &random)
        }
    }

    private mutating func step(using random: inout SplitMix64) {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: end()
        case 1: refund()
        case 2, 3:
            renew()
            fail()
            if Bool.random(using: &random) { pay() } else { end() }
        default:
            renew()
            pay()
        }
    }

    /// The next period begins an hour before anybody tries to collect.
    private mutating func renew() {
        guard let end = report.periodEnd else { return }
        now = end
        change(.active, start: end, end: end + Self.period)
        tell()
        now = now + .seconds(3600)
    }

    private mutating func pay() {
        guard let end = report.periodEnd else { return }
        change(.active, start: report.periodStart, end: end, paid: end)
        // Both in the same second, as Stripe does.
        tell()
        send(.paid(through: end))
    }

    private mutating func fail() {
        change(.pastDue, start: report.periodStart, end: report.periodEnd)
        tell()
        now = now + .seconds(86_400)
    }

    private mutating func end() {
        now = now + .seconds(60)
        change(.ended, start: report.periodStart, end: report.periodEnd)
        tell()
    }

    private mutating func refund() {
        now = now + .seconds(60)
        isRefunded = true
        send(.refunded(through: report.paidThrough))
    }

    private mutating func send(_ kind: SubscriptionEvent.Kind) {
        events.append(SubscriptionEvent(at: now, kind))
        answers.append(report)
    }

    private mutating func change(
        _ status: StoreStatus,
        start: Timestamp?,
        end: Timestamp?,
        paid: Timestamp? = nil
    ) {
        report = StoreReport(
            status: status,
            tier: Self.tier,
            periodStart: start,
            periodEnd: end,
            paidThrough: paid ?? report.paidThrough
        )
    }

    private mutating func tell() {
        // An event carries no payments.
        let carried = StoreReport(
            status: report.status,
            tier: report.tier,
            periodStart: report.periodStart,
            periodEnd: report.periodEnd
        )
        send(.reported(carried))
        switch report.status {
        case .active: if let end = report.periodEnd { grantedUntil = max(grantedUntil, end) }
        case .grace: if let end = report.periodEnd { grantedUntil = max(grantedUntil, end) }
        case .pastDue: if let paid = report.paidThrough { grantedUntil = max(grantedUntil, paid + policy.grace) }
        case .pending, .hold, .ended: break
        }
    }

    /// What one who asked the store about everything, in order, would hold.
    var truth: Entitlement {
        let empty = Entitlement(provider: .stripe, environment: .sandbox)
        let reconciled = empty.applying(reconcile, now: now)
        guard isRefunded, let last = events.last else { return reconciled }
        return reconciled.applying(last, now: now)
    }

    /// Asking the store once.
    var reconcile: SubscriptionEvent { SubscriptionEvent(at: now, .fetched(report, reinstates: false)) }
}
