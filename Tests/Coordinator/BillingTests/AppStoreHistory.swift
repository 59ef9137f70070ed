import Billing
import Model
import SeededRandom

/// A subscription's life at the App Store: what it signs on the way, and where it stands at the end, by a count of its
/// own.
struct AppStoreHistory {
    enum Statement {
        case transaction(AppStoreLedger.Transaction, AppStoreLedger.Source)
        case renewal(AppStoreLedger.Renewal)
    }

    private(set) var statements: [Statement] = []
    private(set) var now = Timestamp(seconds: 1_700_000_000)
    private(set) var state = EntitlementState.active
    private(set) var tier = TierName("basic")!
    private(set) var accessUntil = Timestamp(seconds: 0)
    /// The last moment up to which the store ever gave access.
    private(set) var grantedUntil = Timestamp(seconds: 0)

    private var number = 0
    private var held: AppStoreLedger.Transaction
    private static let period: Duration = .seconds(30 * 86_400)
    private static let grace: Duration = .seconds(16 * 86_400)

    init(using random: inout SplitMix64) {
        held = .init(id: "0", tier: tier, purchasedAt: now, expiresAt: now, signedAt: now)
        buy()
        for _ in 0..<Int.random(in: 0...8, using: &random) { step(using: &random) }
    }

    private mutating func step(using random: inout SplitMix64) {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: refund(using: &random)
        case 1: upgrade(to: TierName(Bool.random(using: &random) ? "plus" : "basic")!)
        case 2: lapse()
        case 3, 4: fail(using: &random)
        case 5:
            // A device hands in what it has kept.
            state == .active ? statements.append(.transaction(held, .device)) : ()
        default:
            now = held.expiresAt > now ? held.expiresAt : now + .seconds(3600)
            buy()
        }
    }

    private mutating func tick() { now = now + .seconds(1) }

    private mutating func sign(_ transaction: AppStoreLedger.Transaction) {
        held = transaction
        statements.append(.transaction(transaction, .store))
    }

    private mutating func sign(autoRenews: Bool = true, graceUntil: Timestamp? = nil, retries: Bool = false) {
        statements.append(
            .renewal(
                .init(autoRenews: autoRenews, graceUntil: graceUntil, isInBillingRetry: retries, signedAt: now)
            )
        )
    }

    private mutating func stand(_ state: EntitlementState, until: Timestamp) {
        self.state = state
        accessUntil = until
        if state == .active || state == .grace { grantedUntil = max(grantedUntil, until) }
    }

    private mutating func buy() {
        tick()
        number += 1
        let end = now + Self.period
        sign(.init(id: "\(number)", tier: tier, purchasedAt: now, expiresAt: end, signedAt: now))
        sign()
        stand(.active, until: end)
    }

    private mutating func fail(using random: inout SplitMix64) {
        guard state == .active, now <= held.expiresAt else { return }
        now = held.expiresAt + .seconds(1)
        guard Bool.random(using: &random) else {
            sign(retries: true)
            return stand(.hold, until: held.expiresAt)
        }
        let until = held.expiresAt + Self.grace
        sign(graceUntil: until, retries: true)
        stand(.grace, until: until)
        guard Bool.random(using: &random) else { return }
        now = until + .seconds(1)
        sign(retries: true)
        stand(.hold, until: held.expiresAt)
    }

    private mutating func lapse() {
        now = max(now, held.expiresAt, accessUntil) + .seconds(1)
        sign(autoRenews: false)
        if state != .revoked { stand(.expired, until: held.expiresAt) }
    }

    private mutating func refund(using random: inout SplitMix64) {
        guard state == .active, now < held.expiresAt else { return }
        tick()
        sign(copy(held, revokedAt: now))
        stand(.revoked, until: now)
        guard Int.random(in: 0..<3, using: &random) == 0 else { return }
        tick()
        sign(copy(held, revokedAt: nil))
        stand(.active, until: held.expiresAt)
    }

    private mutating func upgrade(to other: TierName) {
        guard state == .active, now < held.expiresAt, other != tier else { return }
        tick()
        sign(copy(held, isUpgraded: true))
        tier = other
        buy()
    }

    private func copy(
        _ transaction: AppStoreLedger.Transaction,
        revokedAt: Timestamp? = nil,
        isUpgraded: Bool = false
    ) -> AppStoreLedger.Transaction {
        .init(
            id: transaction.id,
            tier: transaction.tier,
            purchasedAt: transaction.purchasedAt,
            expiresAt: transaction.expiresAt,
            revokedAt: revokedAt,
            isUpgraded: isUpgraded,
            signedAt: now
        )
    }
}
