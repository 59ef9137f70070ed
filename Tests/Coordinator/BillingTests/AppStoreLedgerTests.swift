import Model
import SeededRandom
import Testing

@testable import Billing

/// What the App Store signs arrives in any order, several times, or not at all.
@Suite struct AppStoreLedgerTests {
    private func ledger(_ statements: [AppStoreHistory.Statement]) -> AppStoreLedger {
        statements.reduce(into: AppStoreLedger()) { ledger, statement in
            switch statement {
            case .transaction(let transaction, let source): ledger.take(transaction, from: source)
            case .renewal(let renewal): ledger.take(renewal)
            }
        }
    }

    @Test(arguments: 0..<100)
    func `in order, a subscription stands where the store says`(block: UInt64) {
        for seed in block * 100..<(block + 1) * 100 {
            var random = SplitMix64(seed: seed)
            let history = AppStoreHistory(using: &random)
            let standing = ledger(history.statements).standing(at: history.now)
            #expect(standing?.state == history.state, "seed \(seed)")
            if history.state == .active || history.state == .grace {
                #expect(standing?.accessUntil == history.accessUntil, "seed \(seed)")
                #expect(standing?.tier == history.tier, "seed \(seed)")
            }
        }
    }

    @Test(arguments: 0..<100)
    func `order and repetition change nothing`(block: UInt64) {
        for seed in block * 100..<(block + 1) * 100 {
            var random = SplitMix64(seed: seed)
            let history = AppStoreHistory(using: &random)
            let repeats = history.statements.filter { _ in Bool.random(using: &random) }
            let disordered = (history.statements + repeats).shuffled(using: &random)
            #expect(ledger(disordered) == ledger(history.statements), "seed \(seed)")
        }
    }

    @Test(arguments: 0..<100)
    func `with losses, never more than the store gave, and its own list mends them`(block: UInt64) {
        for seed in block * 100..<(block + 1) * 100 {
            var random = SplitMix64(seed: seed)
            let history = AppStoreHistory(using: &random)
            var held = AppStoreLedger()
            for statement in history.statements.shuffled(using: &random) where Bool.random(using: &random) {
                switch statement {
                case .transaction(let transaction, let source): held.take(transaction, from: source)
                case .renewal(let renewal): held.take(renewal)
                }
                if let until = held.standing(at: history.now)?.accessUntil {
                    #expect(until <= max(history.grantedUntil, history.accessUntil), "seed \(seed)")
                }
            }
            // The store tells the last version of everything.
            for statement in history.statements {
                switch statement {
                case .transaction(let transaction, .store): held.take(transaction, from: .store)
                case .transaction: break
                case .renewal(let renewal): held.take(renewal)
                }
            }
            #expect(held.standing(at: history.now)?.state == history.state, "seed \(seed)")
        }
    }

    private static let start = Timestamp(seconds: 1_700_000_000)

    private func period(
        _ id: String = "1",
        revoked: Bool = false,
        signed: Int64,
        from: Int64 = 0
    ) -> AppStoreLedger.Transaction {
        .init(
            id: id,
            tier: TierName("basic")!,
            purchasedAt: Self.start + .seconds(from),
            expiresAt: Self.start + .seconds(from + 1000),
            revokedAt: revoked ? Self.start + .seconds(signed) : nil,
            signedAt: Self.start + .seconds(signed)
        )
    }

    @Test(arguments: [true, false])
    func `what a device hands in later clears no revocation`(deviceFirst: Bool) {
        var ledger = AppStoreLedger()
        if deviceFirst { ledger.take(period(signed: 20), from: .device) }
        ledger.take(period(revoked: true, signed: 10), from: .store)
        if !deviceFirst { ledger.take(period(signed: 20), from: .device) }
        #expect(ledger.standing(at: Self.start + .seconds(30))?.state == .revoked)
        ledger.take(period(signed: 40), from: .store)
        #expect(ledger.standing(at: Self.start + .seconds(50))?.state == .active)
    }

    @Test func `the period that was bought last counts, not the one that ends last`() {
        var ledger = AppStoreLedger()
        ledger.take(
            .init(
                id: "yearly",
                tier: TierName("basic")!,
                purchasedAt: Self.start,
                expiresAt: Self.start + .seconds(100_000),
                isUpgraded: true,
                signedAt: Self.start + .seconds(5)
            ),
            from: .store
        )
        ledger.take(period("monthly", signed: 5, from: 5), from: .store)
        #expect(ledger.standing(at: Self.start + .seconds(10))?.accessUntil == Self.start + .seconds(1005))
    }

    @Test func `of two versions of one moment the one that gives less counts`() {
        for order in [[true, false], [false, true]] {
            var ledger = AppStoreLedger()
            for revoked in order { ledger.take(period(revoked: revoked, signed: 10), from: .store) }
            #expect(ledger.standing(at: Self.start + .seconds(20))?.state == .revoked)
        }
    }

    /// DID_FAIL_TO_RENEW / GRACE_PERIOD is signed before the period is over.
    @Test func `grace that is promised early gives access to the later of the two ends`() {
        var ledger = AppStoreLedger()
        ledger.take(period(signed: 0), from: .store)
        let grace = Self.start + .seconds(5000)
        ledger.take(
            .init(autoRenews: true, graceUntil: grace, isInBillingRetry: true, signedAt: Self.start + .seconds(900))
        )
        let before = ledger.standing(at: Self.start + .seconds(901))
        #expect(before?.state == .active && before?.accessUntil == grace)
        let after = ledger.standing(at: Self.start + .seconds(1001))
        #expect(after?.state == .grace && after?.accessUntil == grace)
        #expect(ledger.standing(at: grace)?.state == .hold)
        // A date before the end of what was paid shortens nothing.
        var short = AppStoreLedger()
        short.take(period(signed: 0), from: .store)
        short.take(
            .init(autoRenews: true, graceUntil: Self.start + .seconds(950), signedAt: Self.start + .seconds(900))
        )
        #expect(short.standing(at: Self.start + .seconds(901))?.accessUntil == Self.start + .seconds(1000))
    }

    @Test func `grace without a date lasts as long as the operator's policy says`() {
        var ledger = AppStoreLedger()
        ledger.take(period(signed: 0), from: .store)
        ledger.take(
            .init(autoRenews: true, isInBillingRetry: true, isInGrace: true, signedAt: Self.start + .seconds(900))
        )
        let standing = ledger.standing(at: Self.start + .seconds(1001), grace: .seconds(300))
        #expect(standing?.state == .grace)
        #expect(standing?.accessUntil == Self.start + .seconds(1300))
        #expect(ledger.standing(at: Self.start + .seconds(1300), grace: .seconds(300))?.state == .hold)
        // The store gave it up.
        ledger.take(.init(autoRenews: true, isInBillingRetry: true, signedAt: Self.start + .seconds(1100)))
        #expect(ledger.standing(at: Self.start + .seconds(1101), grace: .seconds(300))?.state == .hold)
    }

    private func downgrade(isRenewal: Bool, bought: Int64 = 950) -> [AppStoreLedger.Transaction] {
        [
            .init(
                id: "1",
                tier: TierName("plus"),
                purchasedAt: Self.start,
                expiresAt: Self.start + .seconds(1000),
                signedAt: Self.start
            ),
            .init(
                id: "2",
                tier: TierName("basic"),
                purchasedAt: Self.start + .seconds(bought),
                expiresAt: Self.start + .seconds(2000),
                isRenewal: isRenewal,
                signedAt: Self.start + .seconds(950)
            ),
        ]
    }

    /// The renewal is charged up to a day before the end; its date may be that of the charge or that of the new period.
    @Test(arguments: [(true, Int64(950)), (true, 1000), (false, 1000)])
    func `a renewal that was paid early keeps the tier that was paid until its end`(isRenewal: Bool, bought: Int64) {
        for order in [[0, 1], [1, 0]] {
            var ledger = AppStoreLedger()
            let periods = downgrade(isRenewal: isRenewal, bought: bought)
            for index in order { ledger.take(periods[index], from: .store) }
            let early = ledger.standing(at: Self.start + .seconds(960))
            #expect(early?.tier == TierName("plus"))
            #expect(early?.accessUntil == Self.start + .seconds(2000))
            #expect(early?.upcoming == TierChange(tier: TierName("basic")!, at: Self.start + .seconds(1000)))
            let late = ledger.standing(at: Self.start + .seconds(1000))
            #expect(late?.tier == TierName("basic") && late?.upcoming == nil)
        }
    }

    @Test func `a purchase that is no renewal begins at once`() {
        var ledger = AppStoreLedger()
        for period in downgrade(isRenewal: false) { ledger.take(period, from: .store) }
        let standing = ledger.standing(at: Self.start + .seconds(960))
        #expect(standing?.tier == TierName("basic") && standing?.upcoming == nil)
    }

    @Test func `a text that does not say that it is a renewal forgets nothing`() {
        for order in [[true, false], [false, true]] {
            var ledger = AppStoreLedger()
            ledger.take(downgrade(isRenewal: false)[0], from: .store)
            for isRenewal in order { ledger.take(downgrade(isRenewal: isRenewal)[1], from: .store) }
            #expect(ledger.standing(at: Self.start + .seconds(960))?.tier == TierName("plus"))
        }
    }

    @Test func `a product that no tier has leaves the tier as it was, and goes on with the time that was paid`() {
        let known = Entitlement(provider: .apple, environment: .production)
            .applying(event(period(signed: 0)), now: Self.start)
        let foreign = AppStoreLedger.Transaction(
            id: "2",
            tier: nil,
            product: "gold",
            purchasedAt: Self.start + .seconds(1000),
            expiresAt: Self.start + .seconds(2000),
            signedAt: Self.start + .seconds(1000)
        )
        let next = known.applying(event(foreign), now: Self.start + .seconds(1000))
        #expect(next.tier == TierName("basic"))
        #expect(next.accessUntil == Self.start + .seconds(2000))
        #expect(next.productProblem == "no tier has the product gold")
    }

    private func event(_ transaction: AppStoreLedger.Transaction) -> SubscriptionEvent {
        SubscriptionEvent(
            at: transaction.signedAt,
            .signed(AppStoreStatement(transaction: transaction, source: .store))
        )
    }

    @Test func `a ledger has its size`() {
        var ledger = AppStoreLedger()
        for number in 0..<1000 {
            ledger.take(period("\(number)", signed: Int64(number), from: Int64(number)), from: .store)
        }
        #expect(ledger.periods.count == AppStoreLedger.periodsMax)
        #expect(ledger.current?.id == "999")
    }
}
