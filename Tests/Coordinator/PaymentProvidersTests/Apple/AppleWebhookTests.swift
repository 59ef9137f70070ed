import Billing
import Database
import DatabaseTestSupport
import Logging
import Model
import Store
import Testing

@testable import PaymentProviders

/// Notifications of the App Store's, from the body to the entitlement.
@Suite(.timeLimit(.minutes(10)))
struct AppleWebhookTests {
    private static let start = AppleNotice.start
    private static let month = AppleNotice.month

    @Test func `a subscription gives access to its end`() async throws {
        try await AppleDesk.open { desk in
            let first = try await desk.deliver(AppleNotice())
            let second = try await desk.deliver(AppleNotice())
            #expect([first, second] == [.ok, .duplicate])
            let entitlement = try await desk.entitlement()
            #expect(entitlement?.state == .active)
            #expect(entitlement?.tier == TierName("basic"))
            #expect(entitlement?.accessUntil == Timestamp(seconds: Self.start + Self.month))
        }
    }

    /// Grace, hold, recovery, refund, and the refund taken back.
    @Test func `a subscription goes through its life`() async throws {
        try await AppleDesk.open { desk in
            let end = Self.start + Self.month
            let life: [(Int64, EntitlementState, AppleNotice)] = [
                (Self.start, .active, AppleNotice(id: "1")),
                (
                    end + 1, .grace,
                    AppleNotice(id: "2", type: "DID_FAIL_TO_RENEW", signed: end + 1, grace: end + 86_400)
                ),
                (
                    end + 86_401, .hold,
                    AppleNotice(id: "3", type: "GRACE_PERIOD_EXPIRED", signed: end + 86_401, retries: true)
                ),
                (
                    end + 90_000, .active,
                    AppleNotice(
                        id: "4",
                        type: "DID_RENEW",
                        signed: end + 90_000,
                        transaction: "1001",
                        purchased: end + 90_000
                    )
                ),
                (
                    end + 90_100, .revoked,
                    AppleNotice(
                        id: "5",
                        type: "REFUND",
                        signed: end + 90_100,
                        transaction: "1001",
                        purchased: end + 90_000,
                        revoked: end + 90_050
                    )
                ),
                (
                    end + 90_200, .active,
                    AppleNotice(
                        id: "6",
                        type: "REFUND_REVERSED",
                        signed: end + 90_200,
                        transaction: "1001",
                        purchased: end + 90_000
                    )
                ),
            ]
            for (moment, state, notification) in life {
                desk.clock.now = Timestamp(seconds: moment)
                _ = try await desk.deliver(notification)
                let entitlement = try await desk.entitlement()
                #expect(entitlement?.state == state, "\(notification.type)")
            }
            // The first one comes again, late: what it says is old.
            _ = try await desk.deliver(AppleNotice(id: "7"))
            let entitlement = try await desk.entitlement()
            #expect(entitlement?.accessUntil == Timestamp(seconds: end + 90_000 + Self.month))
        }
    }

    static let strangers: [(String, AppleNotice)] = [
        ("another app", AppleNotice(bundle: "org.example.other")),
        ("another app's transaction", AppleNotice(innerBundle: "org.example.other")),
        ("production", AppleNotice(environment: "Production")),
        ("a transaction of production", AppleNotice(innerEnvironment: "Production")),
        ("Xcode", AppleNotice(environment: "Xcode", innerEnvironment: "Xcode")),
        ("LocalTesting", AppleNotice(environment: "LocalTesting", innerEnvironment: "LocalTesting")),
        ("a one-time purchase", AppleNotice(kind: "Consumable")),
        ("parts of two subscriptions", AppleNotice(renewalOriginal: "2000")),
    ]

    @Test(arguments: strangers.indices)
    func `what is signed and not for us is let go`(index: Int) async throws {
        let (name, notification) = Self.strangers[index]
        try await AppleDesk.open { desk in
            let answer = try await desk.deliver(notification)
            #expect(answer == .ignored, "\(name)")
            let entitlement = try await desk.entitlement()
            #expect(entitlement == nil, "\(name)")
        }
    }

    @Test func `each part has its own signature`() async throws {
        let forged = AppleNotice(innerAuthority: try AppleAuthority())
        try await AppleDesk.open { desk in
            let answer = try await desk.deliver(forged)
            #expect(answer == .badSignature)
        }
    }

    @Test(arguments: ["", "{}", "[]", #"{"signedPayload": 7}"#, #"{"signedPayload": "a.b.c"}"#])
    func `what nobody signed is refused`(body: String) async throws {
        try await AppleDesk.open { desk in
            let answer = await desk.receiver.receive(body: Array(body.utf8), now: desk.clock.now)
            #expect(answer == .badSignature)
        }
    }

    @Test func `a test notification is let go`() async throws {
        let payload = try AppleNotice.authority.sign(
            """
            {"notificationType":"TEST","notificationUUID":"u","signedDate":1700000000000,
            "data":{"bundleId":"org.example.vpn","environment":"Sandbox"}}
            """
        )
        try await AppleDesk.open { desk in
            let answer = await desk.receiver.receive(
                body: Array(#"{"signedPayload":"\#(payload)"}"#.utf8),
                now: desk.clock.now
            )
            #expect(answer == .ignored)
        }
    }

    @Test func `an unknown product waits for a person`() async throws {
        try await AppleDesk.open { desk in
            _ = try await desk.deliver(AppleNotice(product: "gold.monthly"))
            let entitlement = try await desk.entitlement()
            #expect(entitlement == nil)
            let parked = try await desk.store.pool.read { transaction in
                try transaction.query("SELECT parked_reason FROM webhook_inbox WHERE parked_reason IS NOT NULL").count
            }
            #expect(parked == 1)
        }
    }

    @Test func `nothing but what access rests on is kept`() async throws {
        try await AppleDesk.open { desk in
            _ = try await desk.deliver(AppleNotice())
            let dump = try await desk.store.pool.read { transaction in
                try transaction.query(
                    """
                    SELECT row_to_json(s)::text AS text FROM subscriptions s UNION ALL
                    SELECT row_to_json(w)::text FROM webhook_inbox w
                    """
                )
                .map { row in try row.text("text") }.joined()
            }
            #expect(dump.contains("basic.monthly"))
            for word in ["7e3fb20b", "FRA", "4990"] { #expect(!dump.contains(word)) }
        }
    }
}
