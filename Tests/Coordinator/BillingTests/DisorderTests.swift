import Billing
import Model
import SeededRandom
import Testing

/// What a store sends arrives in any order, several times, or not at all: 10,000 lives of a subscription for each rule.
@Suite struct DisorderTests {
    private func histories(_ block: UInt64, _ body: (EventHistory, inout SplitMix64, UInt64) -> Void) {
        for seed in block * 100..<(block + 1) * 100 {
            var random = SplitMix64(seed: seed)
            let history = EventHistory(using: &random)
            body(history, &random, seed)
        }
    }

    private static let empty = Entitlement(provider: .stripe, environment: .sandbox)

    @Test(arguments: 0..<100)
    func `disorder and repetition never grant more than the store did, and one reconcile mends them`(block: UInt64) {
        histories(block) { history, random, seed in
            var entitlement = Self.empty
            let repeats = history.events.filter { _ in Bool.random(using: &random) }
            for event in (history.events + repeats).shuffled(using: &random) {
                let before = entitlement
                entitlement = entitlement.applying(event, now: history.now)
                #expect(!entitlement.hasAccess(at: history.grantedUntil), "seed \(seed): more than the store granted")
                if before.state.isTerminal { #expect(entitlement.state.isTerminal, "seed \(seed): \(before) woke up") }
                if let paid = before.paidThrough {
                    #expect((entitlement.paidThrough ?? paid) >= paid, "seed \(seed)")
                }
            }
            let access = history.truth.hasAccess(at: history.now)
            #expect(entitlement.hasAccess(at: history.now) == access, "seed \(seed)")
            expectTruth(entitlement.applying(history.reconcile, now: history.now), history, seed)
        }
    }

    @Test(arguments: 0..<100)
    func `with losses as well, one reconcile ends in the store's own state`(block: UInt64) {
        histories(block) { history, random, seed in
            var entitlement = Self.empty
            for event in history.events.shuffled(using: &random) {
                // A refund is not part of the subscription's state: losing it is for the list of failed deliveries.
                if case .refunded = event.kind {} else if Bool.random(using: &random) { continue }
                entitlement = entitlement.applying(event, now: history.now)
                #expect(!entitlement.hasAccess(at: history.grantedUntil), "seed \(seed): more than the store granted")
            }
            expectTruth(entitlement.applying(history.reconcile, now: history.now), history, seed)
        }
    }

    /// With an API key: an event only says where to look, and may come at any later moment.
    @Test(arguments: 0..<100)
    func `where the store is asked, disorder, repetition and losses never grant more, and one more question mends them`(
        block: UInt64
    ) {
        histories(block) { history, random, seed in
            var entitlement = Self.empty
            var deliveries: [(moment: Int, event: Int)] = []
            for index in history.events.indices {
                var count = Int.random(in: 0...2, using: &random)
                if case .refunded = history.events[index].kind { count = max(count, 1) }
                for _ in 0..<count {
                    deliveries.append((Int.random(in: index..<history.events.count, using: &random), index))
                }
            }
            for (moment, index) in deliveries.shuffled(using: &random).sorted(by: { $0.moment < $1.moment }) {
                let (event, now) = (history.events[index], history.events[moment].at)
                if case .refunded = event.kind {
                    entitlement = entitlement.applying(event, now: now)
                } else {
                    let answer = SubscriptionEvent(at: event.at, .fetched(history.answers[moment], reinstates: false))
                    entitlement = entitlement.applying(answer, now: now)
                }
                #expect(!entitlement.hasAccess(at: history.grantedUntil), "seed \(seed): more than the store granted")
            }
            expectTruth(entitlement.applying(history.reconcile, now: history.now), history, seed)
        }
    }

    @Test(arguments: 0..<100)
    func `in order, access follows the store's`(block: UInt64) {
        histories(block) { history, _, seed in
            let entitlement = history.events.reduce(Self.empty) { $0.applying($1, now: $1.at) }
            let access = history.truth.hasAccess(at: history.now)
            #expect(entitlement.hasAccess(at: history.now) == access, "seed \(seed)")
            #expect(entitlement.state == history.truth.state, "seed \(seed)")
        }
    }

    private func expectTruth(_ entitlement: Entitlement, _ history: EventHistory, _ seed: UInt64) {
        let truth = history.truth
        #expect(entitlement.state == truth.state, "seed \(seed)")
        #expect(entitlement.hasAccess(at: history.now) == truth.hasAccess(at: history.now), "seed \(seed)")
        #expect(entitlement.tier == truth.tier, "seed \(seed)")
        if truth.state == .active || truth.state == .grace {
            #expect(entitlement.accessUntil == truth.accessUntil, "seed \(seed)")
        }
    }
}
