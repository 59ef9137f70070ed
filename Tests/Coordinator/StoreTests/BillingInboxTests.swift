import Billing
import Database
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(10))) struct BillingInboxTests {
    private let now = BillingDatabase.now

    @Test func `an event is recorded once`() async throws {
        try await BillingDatabase.withStore { store in
            let first = try await store.recordWebhook(.stripe, eventID: "evt_1", fields: "{}", now: now)
            let second = try await store.recordWebhook(.stripe, eventID: "evt_1", fields: "{}", now: now)
            #expect(first == .new)
            #expect(second == .duplicate)
        }
    }

    @Test func `events of the same moment are each recorded once, whoever delivers them how often`() async throws {
        try await BillingDatabase.withStore(connections: 4) { store in
            let recorders = [
                WebhookRecorder(store: store, provider: .stripe), WebhookRecorder(store: store, provider: .stripe),
            ]
            let answers = try await withThrowingTaskGroup(of: (String, InboxRecording).self) { group in
                for number in 0..<400 {
                    let id = "evt_\(number % 100)"
                    group.addTask { (id, try await recorders[number % 3 % 2].record(id, fields: "{}", now: now)) }
                }
                return try await group.reduce(into: [:]) { counts, answer in
                    counts[answer.0, default: 0] += answer.1 == .new ? 1 : 0
                }
            }
            #expect(answers.count == 100)
            #expect(answers.values.allSatisfy { $0 == 1 })
            #expect(try await store.takeWebhooks(.stripe, limit: 500, now: now).count == 100)
        }
    }

    @Test func `an event that cannot be held costs those of the same moment nothing`() async throws {
        try await BillingDatabase.withStore { store in
            let recorder = WebhookRecorder(store: store, provider: .stripe)
            let recorded = await withTaskGroup(of: InboxRecording?.self) { group in
                for number in 0..<90 {
                    let fields = ["{}", #"{"a": "\u0000"}"#, "no object"][number % 3]
                    group.addTask { try? await recorder.record("evt_\(number)", fields: fields, now: now) }
                }
                return await group.reduce(into: 0) { count, recording in count += recording == .new ? 1 : 0 }
            }
            #expect(recorded == 30)
        }
    }

    @Test func `an effect and its mark are one`() async throws {
        try await BillingDatabase.withStore { store in
            let entry = try await BillingDatabase.take("evt_1", from: store)
            let effect = InboxEffect(reference: BillingDatabase.reference, events: [BillingDatabase.paid()])
            let outcome = try await store.apply(effect, of: entry, policy: BillingPolicy(), now: now)
            let record = try #require(try await store.subscription(BillingDatabase.reference))
            #expect(outcome == .applied(record.id))
            #expect(record.entitlement.hasAccess(at: now))
            #expect(record.entitlement.tier == BillingDatabase.basic)
            let again = try await store.apply(effect, of: entry, policy: BillingPolicy(), now: now)
            #expect(again == .settledBefore)
            let later = now + .seconds(30 * 86_400)
            #expect(try await store.takeWebhooks(.stripe, limit: 10, now: later).isEmpty)
        }
    }

    @Test func `an event that its worker never settled is taken again, each time later`() async throws {
        try await BillingDatabase.withStore { store in
            _ = try await BillingDatabase.take("evt_1", from: store)
            var (moment, pauses) = (now, [Int64]())
            for attempts in 2...6 {
                let taken = moment
                while try await store.takeWebhooks(.stripe, limit: 10, now: moment).map(\.attempts) != [attempts] {
                    moment = moment + .seconds(5)
                }
                pauses.append(moment.seconds - taken.seconds)
            }
            #expect(pauses == [45, 45, 45, 45, 80])
        }
    }

    @Test func `a postponed event is due again after some 5 seconds, then 10`() async throws {
        try await BillingDatabase.withStore { store in
            var moment = now
            for (attempts, pause) in [(1, 5.0), (2, 10), (3, 20)] {
                let entry = try await BillingDatabase.take("evt_1", from: store, at: moment)
                #expect(entry.attempts == attempts)
                let later = Settlement([(entry, .postponed(keepsPlace: false))])
                _ = try await store.settleWebhooks([later], policy: BillingPolicy(), now: moment)
                let early = moment + .seconds(pause * 0.74)
                #expect(try await store.takeWebhooks(.stripe, limit: 10, now: early).isEmpty)
                moment = moment + .seconds(pause)
            }
        }
    }

    @Test func `a parked event stays and is not tried again`() async throws {
        try await BillingDatabase.withStore { store in
            let entry = try await BillingDatabase.take("evt_1", from: store)
            try await store.parkWebhook(entry, reason: "unknown price", now: now)
            #expect(try await store.takeWebhooks(.stripe, limit: 10, now: now + .seconds(86_400)).isEmpty)
            let again = try await store.recordWebhook(.stripe, eventID: "evt_1", fields: "{}", now: now)
            #expect(again == .duplicate)
        }
    }

    @Test func `two workers never take the same event`() async throws {
        try await BillingDatabase.withStore(connections: 8) { store in
            for number in 0..<40 {
                _ = try await store.recordWebhook(.stripe, eventID: "evt_\(number)", fields: "{}", now: now)
            }
            let taken = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<8 {
                    group.addTask { try await store.takeWebhooks(.stripe, limit: 10, now: now).map(\.eventID) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(taken).count == taken.count)
        }
    }

    @Test func `an answer that somebody overtook is not written`() async throws {
        try await BillingDatabase.withStore { store in
            let first = try await BillingDatabase.take("evt_1", from: store)
            let second = try await BillingDatabase.take("evt_2", from: store)
            let effect = InboxEffect(
                reference: BillingDatabase.reference,
                events: [BillingDatabase.paid()],
                seen: .absent
            )
            _ = try await store.apply(effect, of: first, policy: BillingPolicy(), now: now)
            #expect(try await store.apply(effect, of: second, policy: BillingPolicy(), now: now) == .overtaken)
            let record = try #require(try await store.subscription(BillingDatabase.reference))
            let fresh = InboxEffect(
                reference: BillingDatabase.reference,
                events: [BillingDatabase.paid()],
                seen: .version(record.version)
            )
            #expect(try await store.apply(fresh, of: second, policy: BillingPolicy(), now: now) == .applied(record.id))
            #expect(try await store.subscription(record.id)?.version != record.version, "every write shows")
        }
    }

    @Test func `concurrent first events make one subscription`() async throws {
        try await BillingDatabase.withStore(connections: 8) { store in
            var entries: [InboxEntry] = []
            for number in 0..<8 { entries.append(try await BillingDatabase.take("evt_\(number)", from: store)) }
            let ids = try await withThrowingTaskGroup(of: InboxOutcome.self) { group in
                for entry in entries {
                    group.addTask {
                        let effect = InboxEffect(reference: BillingDatabase.reference, events: [BillingDatabase.paid()])
                        return try await store.apply(effect, of: entry, policy: BillingPolicy(), now: now)
                    }
                }
                return try await group.reduce(into: Set<InboxOutcome>()) { $0.insert($1) }
            }
            let record = try #require(try await store.subscription(BillingDatabase.reference))
            #expect(ids == [.applied(record.id)])
        }
    }

    @Test func `the two environments never meet`() async throws {
        try await BillingDatabase.withStore { store in
            let entry = try await BillingDatabase.take("evt_1", from: store)
            let effect = InboxEffect(reference: BillingDatabase.reference, events: [BillingDatabase.paid()])
            _ = try await store.apply(effect, of: entry, policy: BillingPolicy(), now: now)
            let live = StoreReference(provider: .stripe, environment: .production, text: "sub_1")
            #expect(try await store.subscription(live) == nil)
        }
    }
}
