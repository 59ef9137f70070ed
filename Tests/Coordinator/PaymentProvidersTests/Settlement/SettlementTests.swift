import Billing
import Database
import Model
import SeededRandom
import StandInServer
import Store
import Synchronization
import Testing

@testable import PaymentProviders

@Suite(.timeLimit(.minutes(10))) struct SettlementTests {
    /// Lets nobody through before as many are there as were asked for.
    private final class Barrier: Sendable {
        private let state: Mutex<(missing: Int, waiting: [CheckedContinuation<Void, Never>])>

        init(_ count: Int) { state = Mutex((count, [])) }

        func pass() async {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state in
                    state.missing -= 1
                    state.waiting.append(continuation)
                    guard state.missing <= 0 else { return [CheckedContinuation<Void, Never>]() }
                    defer { state.waiting = [] }
                    return state.waiting
                }
                for continuation in ready { continuation.resume() }
            }
        }
    }

    @Test func `as many subscriptions are asked about at once as the setting says, and no more`() async throws {
        try await SettlementDesk.open { desk in
            try await desk.record((0..<48).map { ScriptedFields(subscription: "sub_\($0)", number: 0) })
            let barrier = Barrier(16)
            let calls = Mutex((now: 0, most: 0))
            let worker = desk.worker(callsAtOnce: 16) { fields in
                calls.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                await barrier.pass()
                calls.withLock { $0.now -= 1 }
                return desk.known(fields)
            }
            await worker.drain()
            #expect(calls.withLock { $0.most } == 16)
            #expect(try await desk.waiting() == 0)
        }
    }

    @Test(arguments: [UInt64](1...3))
    func `several workers settle each event once, and those of a subscription in order`(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        var next = Array(repeating: 0, count: 20)
        let events = (0..<300).map { _ in
            let subscription = Int.random(in: 0..<20, using: &random)
            defer { next[subscription] += 1 }
            return ScriptedFields(subscription: "sub_\(subscription)", number: next[subscription])
        }
        try await SettlementDesk.open(connections: 8) { desk in
            try await desk.record(events)
            let seen = Mutex<[String: [Int]]>([:])
            let workers = (0..<3).map { _ in
                desk.worker { fields in
                    await Task.yield()
                    seen.withLock { $0[fields.subscription, default: []].append(fields.number) }
                    return desk.known(fields)
                }
            }
            // What one worker holds, another does not wait for.
            while try await desk.waiting() > 0 {
                await withTaskGroup { group in
                    for worker in workers { group.addTask { await worker.drain() } }
                }
            }
            for (subscription, count) in next.enumerated() where count > 0 {
                let order = seen.withLock { $0["sub_\(subscription)"] }
                #expect(order == Array(0..<count), "seed \(seed)")
            }
        }
    }

    @Test func `a store that hangs for one subscription holds up no other, not even one that comes later`() async throws
    {
        try await SettlementDesk.open { desk in
            let signal = WakeSignal()
            let worker = desk.worker(signal: signal, callsAtOnce: 2) { fields in
                if fields.subscription == "sub_hanging" { try await Task.sleep(for: .seconds(3600)) }
                return desk.known(fields)
            }
            try await desk.record([ScriptedFields(subscription: "sub_hanging", number: 0)])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await worker.run() }
                for round in 0..<3 {
                    try await desk.record((0..<20).map { ScriptedFields(subscription: "sub_\($0)", number: round) })
                    signal.wake()
                    while try await desk.waiting() > 1 { await Task.yield() }
                }
                // The one that hangs ends with the worker, at once.
                group.cancelAll()
            }
            #expect(try await desk.waiting() == 1)
        }
    }

    @Test func `a store that is down is asked little, the other stores go on, and nothing is lost`() async throws {
        try await SettlementDesk.open { desk in
            let isDown = Mutex(true)
            let questions = Mutex(0)
            let order = Mutex<[String: [Int]]>([:])
            let stripe = desk.worker { fields in
                questions.withLock { $0 += 1 }
                if isDown.withLock({ $0 }) { throw StripeAPIError.status(503) }
                order.withLock { $0[fields.subscription, default: []].append(fields.number) }
                return desk.known(fields)
            }
            let google = desk.worker(of: .google) { desk.known($0, of: .google) }
            for round in 0..<3 {
                let events = (0..<100).map { ScriptedFields(subscription: "sub_\($0)", number: round) }
                try await desk.record(events)
                try await desk.record(events, of: .google)
                await stripe.drain()
                await google.drain()
            }
            #expect(try await desk.waiting() == 300)
            #expect(try await desk.waiting(.google) == 0)
            #expect(questions.withLock { $0 } < 100)
            let figures = try await desk.store.billingFigures(.sandbox, now: desk.clock.now + .seconds(60)).inboxes
            #expect((figures[.stripe]?.lag ?? .zero) > .seconds(60))
            isDown.withLock { $0 = false }
            while try await desk.waiting() > 0 {
                desk.clock.now = desk.clock.now + .seconds(5)
                await stripe.drain()
            }
            #expect(order.withLock { $0.values.allSatisfy { $0 == [0, 1, 2] } })
            #expect(order.withLock { $0.count } == 100)
        }
    }

    @Test func `an event that nobody can resolve stands aside alone, and is parked after a week`() async throws {
        try await SettlementDesk.open { desk in
            let worker = desk.worker { fields in
                if fields.number == 1 { throw StripeAPIError.malformedAnswer }
                return desk.known(fields)
            }
            try await desk.record(
                (0..<30).map { ScriptedFields(subscription: "sub_\($0 % 10)", number: $0 == 11 ? 1 : $0 + 2) }
            )
            await worker.drain()
            #expect(try await desk.waiting() == 1)
            desk.clock.now = desk.clock.now + GroupResolution.patience
            await worker.drain()
            #expect(try await desk.waiting() == 0)
            #expect(try await desk.store.billingFigures(.sandbox, now: desk.clock.now).inboxes[.stripe]?.parked == 1)
        }
    }

    @Test func `an event that the database does not take stands aside alone`() async throws {
        try await SettlementDesk.open { desk in
            let worker = desk.worker { fields in
                fields.number == 1 ? .park("a reason with a \0") : desk.known(fields)
            }
            try await desk.record((0..<40).map { ScriptedFields(subscription: "sub_\($0 % 8)", number: $0 / 8) })
            try await desk.record((5..<9).map { ScriptedFields(subscription: "sub_0", number: $0) })
            while try await desk.waiting() > 8 {
                desk.clock.now = desk.clock.now + .seconds(5)
                await worker.drain()
            }
            let left = try await desk.store.pool.read { transaction in
                try transaction.query(
                    "SELECT (fields ->> 'number')::int AS number FROM webhook_inbox WHERE done_at IS NULL"
                )
                .map { try $0.int32("number") }
            }
            #expect(left.allSatisfy { $0 == 1 })
        }
    }

    @Test func `the events of one subscription that wait together cost one question`() async throws {
        let active = StripeMaterial.subscription(invoice: StripeMaterial.invoice())
        try await StandInServer.run { _, _ in
            .init(status: 200, body: active)
        } _: { server, base in
            try await BillingDesk.open(api: StripeAPI(base: base, key: Secret("rk_test"))) { desk in
                for number in 0..<40 {
                    await desk.deliver(
                        "customer.subscription.updated",
                        StripeMaterial.subscription(),
                        id: "evt_\(number)"
                    )
                }
                await desk.worker.drain()
                #expect(server.requests.count == 1)
                let held = try await desk.entitlement()
                #expect(held?.state == .active)
                let figures = try await desk.store.billingFigures(.sandbox, now: desk.clock.now)
                #expect(figures.inboxes[.stripe] == nil)
            }
        }
    }

    @Test func `an event whose subscription others wrote meanwhile is asked about again at once`() async throws {
        try await SettlementDesk.open { desk in
            let reference = StoreReference(provider: .stripe, environment: .sandbox, text: "sub_0")
            let known = SubscriptionEvent(at: desk.clock.now, .known)
            let questions = Mutex(0)
            let worker = desk.worker { _ in
                let seen = InboxEffect.Seen(try await desk.store.subscription(reference))
                let isFirst = questions.withLock { count in
                    count += 1
                    return count == 1
                }
                if isFirst {
                    let other = InboxEffect(reference: reference, events: [known])
                    _ = try await desk.store.apply(other, policy: BillingPolicy(), now: desk.clock.now)
                }
                return .effect(InboxEffect(reference: reference, events: [known], seen: seen))
            }
            try await desk.record([ScriptedFields(subscription: "sub_0", number: 0)])
            await worker.drain()
            #expect(questions.withLock { $0 } == 2)
            #expect(try await desk.waiting() == 0)
        }
    }
}
