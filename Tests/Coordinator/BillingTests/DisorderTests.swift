import Billing
import Model
import SeededRandom
import Testing

/// What a store sends arrives in any order, several times, or a day late: 10,000 lives of a subscription for each rule.
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
    func `without a key, every order and repetition ends in Stripe's own state, for access, tier and peers`(
        block: UInt64
    ) {
        histories(block) { history, random, seed in
            var customer = PeerCustomer(now: history.now)
            let repeats = history.events.filter { _ in Bool.random(using: &random) }
            for event in (history.events + repeats).shuffled(using: &random) {
                customer.take(event)
                expectNoMoreThanGranted(customer.entitlement, history, seed)
            }
            expectTruth(customer.entitlement, history, seed)
            #expect(customer.servedPeers == PeerCustomer.served(history), "seed \(seed)")
        }
    }

    @Test(arguments: 0..<100)
    func `without a key, what comes a day late changes nothing in the end`(block: UInt64) {
        histories(block) { history, random, seed in
            var customer = PeerCustomer(now: history.now)
            let (late, early) = history.events.reduce(into: ([SubscriptionEvent](), [SubscriptionEvent]())) {
                if Bool.random(using: &random) { $0.0.append($1) } else { $0.1.append($1) }
            }
            for event in early + late.shuffled(using: &random) {
                customer.take(event)
                expectNoMoreThanGranted(customer.entitlement, history, seed)
            }
            expectTruth(customer.entitlement, history, seed)
            #expect(customer.servedPeers == PeerCustomer.served(history), "seed \(seed)")
        }
    }

    @Test(arguments: 0..<100)
    func `the facts decide, and not the order in which they came`(block: UInt64) {
        histories(block) { history, random, seed in
            let inOrder = history.events.reduce(Self.empty) { $0.applying($1, now: history.now) }
            let shuffled = history.events.shuffled(using: &random).reduce(Self.empty) {
                $0.applying($1, now: history.now)
            }
            #expect(inOrder == shuffled, "seed \(seed)")
        }
    }

    /// Money that went back is no part of Stripe's answer: its events have to come, or be read from the list.
    @Test(arguments: 0..<100)
    func `with losses as well, one question to Stripe ends in its own state`(block: UInt64) {
        histories(block) { history, random, seed in
            var entitlement = Self.empty
            for event in history.events.shuffled(using: &random) {
                if !event.isReturn, Bool.random(using: &random) { continue }
                entitlement = entitlement.applying(event, now: history.now)
                expectNoMoreThanGranted(entitlement, history, seed)
            }
            expectTruth(entitlement.applying(history.reconcile, now: history.now), history, seed)
        }
    }

    /// With an API key: an event only says where to look, and may come at any later moment.
    @Test(arguments: 0..<100)
    func `with a key, disorder, repetition and losses never grant more, and one more question mends them`(
        block: UInt64
    ) {
        histories(block) { history, random, seed in
            var entitlement = Self.empty
            var deliveries: [(moment: Int, event: Int)] = []
            for index in history.events.indices {
                let count = Int.random(in: history.events[index].isReturn ? 1...2 : 0...2, using: &random)
                for _ in 0..<count {
                    deliveries.append((Int.random(in: index..<history.events.count, using: &random), index))
                }
            }
            for (moment, index) in deliveries.shuffled(using: &random).sorted(by: { $0.moment < $1.moment }) {
                let (event, now) = (history.events[index], history.events[moment].at)
                let answer = SubscriptionEvent(at: event.at, .invoiced(history.answers[moment]))
                entitlement = entitlement.applying(answer, now: now)
                if event.isReturn { entitlement = entitlement.applying(event, now: now) }
                expectNoMoreThanGranted(entitlement, history, seed)
            }
            expectTruth(entitlement.applying(history.reconcile, now: history.now), history, seed)
        }
    }

    private func expectNoMoreThanGranted(_ entitlement: Entitlement, _ history: EventHistory, _ seed: UInt64) {
        #expect(!entitlement.hasAccess(at: history.grantedUntil), "seed \(seed): more than Stripe granted")
    }

    private func expectTruth(_ entitlement: Entitlement, _ history: EventHistory, _ seed: UInt64) {
        #expect(entitlement.state == history.state, "seed \(seed)")
        #expect(entitlement.hasAccess(at: history.now) == history.hasAccess, "seed \(seed)")
        #expect(entitlement.tier == history.tier, "seed \(seed)")
        if history.hasAccess { #expect(entitlement.accessUntil == history.accessUntil, "seed \(seed)") }
    }
}

extension SubscriptionEvent {
    fileprivate var isReturn: Bool {
        if case .invoiced(.returned) = kind { true } else { false }
    }
}

/// A customer with more peers than the smaller tier allows, whose peers are looked at after each event.
private struct PeerCustomer {
    private(set) var entitlement = Entitlement(provider: .stripe, environment: .sandbox)
    private var peers: [PeerAllowance.Peer]
    private let now: Timestamp

    private static let region = RegionName("fra1")!
    private static let limits = [EventHistory.basic: 2, EventHistory.plus: 4]

    init(now: Timestamp) {
        self.now = now
        peers = (0..<5).map { _ in PeerAllowance.Peer(id: .random(), region: Self.region, frozenAt: now) }
    }

    var servedPeers: Int { peers.count { $0.frozenAt == nil } }

    static func served(_ history: EventHistory) -> Int {
        history.hasAccess ? limits[history.tier] ?? 0 : 0
    }

    mutating func take(_ event: SubscriptionEvent) {
        entitlement = entitlement.applying(event, now: now)
        let allowance = PeerAllowance(
            state: entitlement.state,
            accessUntil: entitlement.accessUntil,
            limit: entitlement.tier.flatMap { Self.limits[$0] }.map { PeerAllowance.Limit(peers: $0) },
            peers: peers,
            retention: .seconds(30 * 86_400),
            now: now
        )
        peers = peers.map { peer in
            // Whether what a revocation takes is kept meanwhile is for the tests of the allowance.
            let isTaken = allowance.freeze.contains(peer.id) || allowance.remove.contains(peer.id)
            let isFrozen = isTaken || (peer.frozenAt != nil && !allowance.thaw.contains(peer.id))
            return PeerAllowance.Peer(id: peer.id, region: peer.region, frozenAt: isFrozen ? now : nil)
        }
    }
}
