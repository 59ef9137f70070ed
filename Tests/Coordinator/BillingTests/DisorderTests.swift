import Billing
import Model
import SeededRandom
import Testing

/// What a store sends arrives in any order, several times, or not at all.
@Suite struct DisorderTests {
    @Test(arguments: 0..<2000)
    func `disorder and repetition never grant more than the store did, and one reconcile mends them`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let history = EventHistory(using: &random)
        var entitlement = Entitlement(provider: .stripe, environment: .sandbox)
        let repeats = history.events.filter { _ in Bool.random(using: &random) }
        for event in (history.events + repeats).shuffled(using: &random) {
            let before = entitlement
            entitlement = entitlement.applying(event, now: history.now)
            #expect(!entitlement.hasAccess(at: history.grantedUntil), "more than the store granted")
            if before.state.isTerminal { #expect(entitlement.state.isTerminal, "\(before) woke up") }
            if let paid = before.paidThrough { #expect((entitlement.paidThrough ?? paid) >= paid) }
        }
        #expect(entitlement.hasAccess(at: history.now) == history.truth.hasAccess(at: history.now))
        expectTruth(entitlement.applying(history.reconcile, now: history.now), history)
    }

    @Test(arguments: 0..<2000)
    func `with losses as well, one reconcile ends in the store's own state`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let history = EventHistory(using: &random)
        var entitlement = Entitlement(provider: .stripe, environment: .sandbox)
        for event in history.events.shuffled(using: &random) {
            // A refund is not part of the subscription's state: losing it is for the list of failed deliveries.
            if case .refunded = event.kind {} else if Bool.random(using: &random) { continue }
            entitlement = entitlement.applying(event, now: history.now)
            #expect(!entitlement.hasAccess(at: history.grantedUntil), "more than the store granted")
        }
        expectTruth(entitlement.applying(history.reconcile, now: history.now), history)
    }

    @Test(arguments: 0..<500)
    func `in order, access follows the store's`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let history = EventHistory(using: &random)
        var entitlement = Entitlement(provider: .stripe, environment: .sandbox)
        for event in history.events { entitlement = entitlement.applying(event, now: event.at) }
        #expect(entitlement.hasAccess(at: history.now) == history.truth.hasAccess(at: history.now))
        #expect(entitlement.state == history.truth.state)
    }

    private func expectTruth(_ entitlement: Entitlement, _ history: EventHistory) {
        let truth = history.truth
        #expect(entitlement.state == truth.state)
        #expect(entitlement.hasAccess(at: history.now) == truth.hasAccess(at: history.now))
        #expect(entitlement.tier == truth.tier)
        if truth.state == .active || truth.state == .grace { #expect(entitlement.accessUntil == truth.accessUntil) }
    }
}
