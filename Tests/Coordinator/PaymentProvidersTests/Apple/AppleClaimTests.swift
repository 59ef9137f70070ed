import Billing
import Model
import Store
import Testing

@testable import PaymentProviders

/// Transactions that a device posts.
@Suite(.timeLimit(.minutes(10)))
struct AppleClaimTests {
    private static let start = AppleNotice.start
    private static let month = AppleNotice.month

    @Test func `a signed transaction is a subscription and a token for it`() async throws {
        try await AppleDesk.open { desk in
            let claimed = try await desk.claim(withRenewal: true).get()
            let entitlement = try await desk.entitlement()
            #expect(entitlement?.state == .active)
            #expect(entitlement?.accessUntil == Timestamp(seconds: Self.start + Self.month))
            let owner = try await desk.owner(of: claimed)
            #expect(owner == claimed.subscription)
        }
    }

    @Test func `claiming again ends the older token, and is recorded once`() async throws {
        try await AppleDesk.open { desk in
            let first = try await desk.claim().get()
            let written = try await desk.store.subscription(AppleDesk.reference())?.version
            desk.clock.now = desk.clock.now + Store.claimWindow
            let second = try await desk.claim().get()
            #expect(first.subscription == second.subscription)
            let writtenAgain = try await desk.store.subscription(AppleDesk.reference())?.version
            #expect(written == writtenAgain)
            let owners = [try await desk.owner(of: first), try await desk.owner(of: second)]
            #expect(owners == [nil, second.subscription])
            let recorded = try await desk.rows("SELECT event_id AS text FROM webhook_inbox")
            #expect(recorded.count == 1)
            // A later signature of the same transaction is another proof.
            _ = try await desk.claim(AppleNotice(signed: Self.start + 5))
            let again = try await desk.rows("SELECT event_id AS text FROM webhook_inbox WHERE done_at IS NOT NULL")
            #expect(again.count == 2)
        }
    }

    @Test func `many devices at once get one token, and it is good`() async throws {
        try await AppleDesk.open { desk in
            let claimed = try await withThrowingTaskGroup { group in
                for _ in 0..<5 { group.addTask { try await desk.claim().get() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(claimed.map(\.token)).count == 1)
            for claim in claimed { #expect(try await desk.owner(of: claim) == claim.subscription) }
        }
    }

    /// The device has a text that was signed before the money went back, and may have one that was signed after.
    @Test(arguments: [-10, 1000])
    func `a device never clears a revocation`(signed: Int64) async throws {
        try await AppleDesk.open { desk in
            _ = try await desk.deliver(AppleNotice(type: "REFUND", signed: Self.start + 100, revoked: Self.start + 90))
            let before = try await desk.entitlement()
            #expect(before?.state == .revoked)
            _ = try await desk.claim(AppleNotice(signed: Self.start + 100 + signed))
            let after = try await desk.entitlement()
            #expect(after?.state == .revoked)
            #expect(after?.hasAccess(at: desk.clock.now) == false)
        }
    }

    private static let forgeries: [(String, AppleNotice)] = [
        ("another root", AppleNotice(innerAuthority: try! AppleAuthority())),
        ("another app", AppleNotice(innerBundle: "org.example.other")),
        ("production", AppleNotice(innerEnvironment: "Production")),
        ("Xcode", AppleNotice(innerEnvironment: "Xcode")),
        ("a one-time purchase", AppleNotice(kind: "Non-Consumable")),
        ("a renewal of another subscription", AppleNotice(renewalOriginal: "2000")),
        ("a product that nobody sells", AppleNotice(product: "gold.monthly")),
    ]

    @Test func `what proves no purchase gives no token`() async throws {
        try await AppleDesk.open { desk in
            for (name, notice) in Self.forgeries {
                let claimed = try await desk.claim(notice, withRenewal: true)
                #expect(throws: ProofRefusal.invalid, "\(name)") { try claimed.get() }
                let rows = try await desk.rows(
                    "SELECT 's' AS text FROM subscriptions UNION ALL SELECT 't' FROM subscription_tokens"
                )
                #expect(rows.isEmpty, "\(name)")
            }
        }
    }

    @Test func `one purchase is claimed five times an hour`() async throws {
        try await AppleDesk.open { desk in
            // The same token once more is none.
            for _ in 0..<8 { _ = try await desk.claim().get() }
            for _ in 0..<4 {
                desk.clock.now = desk.clock.now + Store.claimWindow
                _ = try await desk.claim().get()
            }
            let refused = try await desk.claim()
            #expect(throws: ProofRefusal.limited(retryAfter: .seconds(720))) { try refused.get() }
            // Another customer's is not touched by that.
            _ = try await desk.claim(AppleNotice(original: "2000", renewalOriginal: "2000", transaction: "2000")).get()
            desk.moments.pass(.seconds(720))
            _ = try await desk.claim().get()
        }
    }

    @Test func `nothing of the transaction but what access rests on is kept, and its number is no event's name`()
        async throws
    {
        try await AppleDesk.open { desk in
            _ = try await desk.claim(AppleNotice(original: "77001", renewalOriginal: "77001", transaction: "77001"))
            let dump = try await desk.rows("SELECT row_to_json(w)::text AS text FROM webhook_inbox w").joined()
            for word in ["7e3fb20b", "FRA", "4990"] { #expect(!dump.contains(word)) }
            let names = try await desk.rows("SELECT event_id AS text FROM webhook_inbox").joined()
            #expect(!names.contains("77001"))
        }
    }

    @Test func `no line of the log names a purchase`() async throws {
        try await AppleDesk.open { desk in
            let purchase = AppleNotice(original: "77001", renewalOriginal: "77001", transaction: "77002")
            for _ in 0..<6 {
                desk.clock.now = desk.clock.now + Store.claimWindow
                _ = try await desk.claim(purchase, withRenewal: true)
            }
            for (_, forgery) in Self.forgeries {
                var forgery = forgery
                (forgery.original, forgery.transaction) = ("77001", "77002")
                if forgery.renewalOriginal == "1000" { forgery.renewalOriginal = "77001" }
                _ = try await desk.claim(forgery, withRenewal: true)
            }
            #expect(desk.log.text.contains("refused a posted transaction"))
            #expect(desk.log.text.contains("gold.monthly"))
            #expect(!desk.log.text.contains("7700"))
        }
    }
}
