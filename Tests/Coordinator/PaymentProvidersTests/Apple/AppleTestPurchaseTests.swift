import Billing
import Model
import Store
import Testing

@testable import PaymentProviders

/// Purchases of the sandbox where purchases of money count: App Review and TestFlight buy there.
@Suite(.timeLimit(.minutes(10)))
struct AppleTestPurchaseTests {
    private static let terms = TestPurchaseTerms(
        tier: TierName("test-purchase")!,
        atOnceMax: 2,
        lifetime: .seconds(86_400)
    )

    private func entitlement(_ original: String, _ world: BillingEnvironment, _ desk: AppleDesk) async throws
        -> Entitlement?
    {
        try await desk.store.subscription(StoreReference(provider: .apple, environment: world, text: original))?
            .entitlement
    }

    @Test func `production takes a test purchase that a device posts, on a tier of its own and for a day`() async throws
    {
        try await AppleDesk.open(environment: .production, testPurchases: Self.terms) { desk in
            let claimed = try await desk.claim(withRenewal: true).get()
            let owner = try await desk.owner(of: claimed)
            #expect(owner == claimed.subscription)
            let held = try await entitlement("1000", .sandbox, desk)
            #expect(held?.tier == Self.terms.tier)
            #expect(held?.accessUntil == desk.clock.now + Self.terms.lifetime)
            #expect(held?.hasAccess(at: desk.clock.now) == true)
            let money = try await entitlement("1000", .production, desk)
            #expect(money == nil, "the two worlds never mix")
            #expect(desk.log.text.contains("took a test purchase"))
            let figures = try await desk.store.billingFigures(.production, now: desk.clock.now)
            #expect(figures.testPurchases[.apple] == 1)
            #expect(figures.reconciliationLag[.apple] == nil, "nobody asks the sandbox about it")
        }
    }

    @Test func `production takes the sandbox's notifications, and one of each world stand side by side`() async throws {
        try await AppleDesk.open(environment: .production, testPurchases: Self.terms) { desk in
            #expect(try await desk.deliver(AppleNotice()) == .ok)
            let real = AppleNotice(
                id: "uuid-2",
                environment: "Production",
                app: 1234,
                innerEnvironment: "Production"
            )
            #expect(try await desk.deliver(real) == .ok)
            let (test, money) = (
                try await entitlement("1000", .sandbox, desk), try await entitlement("1000", .production, desk)
            )
            #expect(test?.tier == Self.terms.tier)
            #expect(money?.tier == TierName("basic"))
            #expect(money?.accessUntil == Timestamp(seconds: AppleNotice.start + AppleNotice.month))
        }
    }

    @Test func `where they are off, they are refused by a name of their own, with a log line`() async throws {
        try await AppleDesk.open(environment: .production) { desk in
            #expect(try await desk.claim().refusal == .testPurchase)
            #expect(desk.log.text.contains("refused a test purchase"))
            #expect(try await desk.deliver(AppleNotice()) == .ignored)
            #expect(desk.log.text.contains("test_purchases.accepted is off"))
            let rows = try await desk.rows("SELECT event_id AS text FROM webhook_inbox")
            #expect(rows.isEmpty)
        }
    }

    @Test func `no more have access at once than the limit, whoever comes at the same moment`() async throws {
        try await AppleDesk.open(environment: .production, testPurchases: Self.terms) { desk in
            let results = try await withThrowingTaskGroup { group in
                for number in 0..<8 {
                    group.addTask {
                        var notice = AppleNotice(original: "\(number)", transaction: "\(number)")
                        notice.renewalOriginal = notice.original
                        return try await desk.claim(notice)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.count { (try? $0.get()) != nil } == 2)
            #expect(results.count { $0.refusal == .testPurchasesFull } == 6)
            // Once they have ended there is room again.
            desk.clock.now = desk.clock.now + .seconds(86_400)
            var notice = AppleNotice(original: "late", transaction: "late")
            notice.renewalOriginal = notice.original
            _ = try await desk.claim(notice).get()
        }
    }

    @Test(arguments: ["Xcode", "LocalTesting", "", "sandbox", "Production2"])
    func `an unknown world never counts`(word: String) async throws {
        try await AppleDesk.open(environment: .production, testPurchases: Self.terms) { desk in
            let notice = AppleNotice(environment: word, innerEnvironment: word)
            #expect(try await desk.claim(notice).refusal == .invalid)
            #expect(try await desk.deliver(notice) == .ignored)
            // A notification of one world with parts of the other.
            #expect(try await desk.deliver(AppleNotice(environment: "Production", app: 1234)) == .ignored)
            let rows = try await desk.rows("SELECT state AS text FROM subscriptions")
            #expect(rows.isEmpty)
        }
    }
}
