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

    @Test func `a ledger has its size`() {
        var ledger = AppStoreLedger()
        for number in 0..<1000 {
            ledger.take(period("\(number)", signed: Int64(number), from: Int64(number)), from: .store)
        }
        #expect(ledger.periods.count == AppStoreLedger.periodsMax)
        #expect(ledger.current?.id == "999")
    }
}
