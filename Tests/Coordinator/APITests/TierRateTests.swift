import Model
import Store
import Testing

@testable import API

struct TierRateTests {
    @Test func `each subscription has a minute's worth, and a tier without a rate any number`() {
        let rates = TierRates([
            "basic": TierLimits(peers: 1, regions: [], requestsPerMinute: 3),
            "fleet": TierLimits(peers: 1, regions: []),
        ])
        let (one, other) = (SubscriptionID.random(), SubscriptionID.random())
        func passes(_ subscription: SubscriptionID, _ tier: String?) -> Bool {
            (try? rates.admit(TokenOwner(subscription: subscription, tier: tier))) != nil
        }
        #expect((0..<4).map { _ in passes(one, "basic") } == [true, true, true, false])
        #expect(passes(other, "basic"))
        #expect((0..<100).allSatisfy { _ in passes(one, "fleet") && passes(one, nil) })
    }
}
