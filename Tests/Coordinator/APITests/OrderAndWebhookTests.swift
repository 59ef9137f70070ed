import Cryptography
import Database
import Foundation
import HTTPTypes
import LabSupport
import Model
import Testing

@testable import API

/// What stores and apps without a token are answered.
@Suite(.timeLimit(.minutes(10)))
struct OrderAndWebhookTests {
    private func webhook(
        _ fixture: APIFixture,
        _ event: StripeEvent,
        secret: String = APIFixture.webhookSecret,
        secondsAgo: Int = 0
    ) async throws -> Answer {
        let signer = StripeSigner(secret: secret)
        let time = Int(Date().timeIntervalSince1970) - secondsAgo
        return try await send(fixture, event.body, signature: signer.header(for: event, at: time))
    }

    private func send(_ fixture: APIFixture, _ body: [UInt8], signature: String?) async throws -> Answer {
        var headers: HTTPFields = [:]
        if let signature { headers[try #require(HTTPField.Name("Stripe-Signature"))] = signature }
        return try await fixture.send(.post, "/webhooks/stripe", body: Data(body), token: nil, headers: headers)
    }

    private func stored(_ fixture: APIFixture) async throws -> Int64 {
        try await fixture.count("SELECT count(*) FROM webhook_inbox")
    }

    @Test func `an event is stored once, however often it comes`() async throws {
        try await APIFixture.with { fixture in
            let event = try StripeEvent.subscriptionCreated(StripePurchase(tier: .basic))
            for _ in 0..<3 { #expect(try await webhook(fixture, event).status == 200) }
            #expect(try await stored(fixture) == 1)
        }
    }

    @Test(arguments: [(0, "whsec_forged"), (301, APIFixture.webhookSecret), (-900, APIFixture.webhookSecret)])
    func `an event that is forged, old or from the future is a 400 and stored nowhere`(
        secondsAgo: Int,
        secret: String
    ) async throws {
        try await APIFixture.with { fixture in
            let event = try StripeEvent.subscriptionCreated(StripePurchase(tier: .basic))
            let answer = try await webhook(fixture, event, secret: secret, secondsAgo: secondsAgo)
            #expect(answer.status == 400 && answer.problem == "bad-signature")
            #expect(try await stored(fixture) == 0)
        }
    }

    /// Signed as it should be: a 2xx would hide it for ever, and a 400 says that the fault is not the endpoint's set-up.
    @Test(arguments: [
        (
            #"{"id": "evt_1", "object": "v2.core.event", "type": "v1.invoice.paid", "created": "2026-01-01T00:00:00Z", "#
                + #""livemode": false, "related_object": {"id": "in_1", "type": "invoice", "url": "/v1/invoices/in_1"}}"#,
            422, "event-needs-key"
        ),
        ("{", 400, "unreadable-event"),
    ])
    func `a signed event that names its object only, or makes no sense, has an answer of its own`(
        text: String,
        status: Int,
        problem: String
    ) async throws {
        try await APIFixture.with { fixture in
            let body = Array(text.utf8)
            let time = Int(Date().timeIntervalSince1970)
            let tag = SHA256.authenticate(Array("\(time).".utf8) + body, key: Array(APIFixture.webhookSecret.utf8))
            let answer = try await send(fixture, body, signature: "t=\(time),v1=\(Hexadecimal.encode(tag))")
            #expect(answer.status == status && answer.problem == problem)
            #expect(try await stored(fixture) == 0)
        }
    }

    @Test func `an event without a signature, and one of another length, are refused`() async throws {
        try await APIFixture.with { fixture in
            let event = try StripeEvent.subscriptionCreated(StripePurchase(tier: .basic))
            let signature = StripeSigner(secret: APIFixture.webhookSecret).header(for: event)
            #expect(try await send(fixture, event.body, signature: nil).status == 400)
            #expect(try await send(fixture, event.body.dropLast(), signature: signature).status == 400)
            let huge = try await send(fixture, [UInt8](repeating: 0x20, count: 1 << 20), signature: signature)
            #expect(huge.status == 413 && huge.problem == "body-too-large")
            #expect(try await stored(fixture) == 0)
        }
    }

    @Test func `what is signed and not for us is a 200, and an unknown price is kept for the worker to park`()
        async throws
    {
        try await APIFixture.with { fixture in
            #expect(try await webhook(fixture, StripeEvent.ofAnotherKind()).status == 200)
            #expect(try await stored(fixture) == 0)
            let unknown = try StripeEvent.subscriptionCreated(StripePurchase(price: "price_of_nobody"))
            #expect(try await webhook(fixture, unknown).status == 200)
            #expect(try await stored(fixture) == 1)
        }
    }

    @Test func `an order is made once and waits for its payment`() async throws {
        try await APIFixture.with { fixture in
            let secret = RandomBytes.make(32)
            let body = ["claim_hash": Hexadecimal.encode(SHA256.hash(secret)), "tier": "basic"]
            let first = try await fixture.post("/v1/orders", body, token: nil)
            let again = try await fixture.post("/v1/orders", body, token: nil)
            #expect(first.status == 201 && again.status == 200)
            #expect(try first.field("id") == again.field("id"))
            let claim = ["claim_secret": Hexadecimal.encode(secret)]
            let early = try await fixture.post("/v1/subscription-tokens", claim, token: nil)
            #expect(early.status == 409 && early.problem == "payment-pending")
            #expect(early.headers[.retryAfter] != nil)
        }
    }

    @Test(arguments: ["", "zz", String(repeating: "a", count: 63), String(repeating: "a", count: 66)])
    func `a hash or secret that is none is refused, and an unknown secret finds nothing`(text: String) async throws {
        try await APIFixture.with { fixture in
            let order = try await fixture.post("/v1/orders", ["claim_hash": text, "tier": "basic"], token: nil)
            #expect(order.status == 422 && order.problem == "malformed-field")
            let claim = try await fixture.post("/v1/subscription-tokens", ["claim_secret": text], token: nil)
            #expect(claim.status == 422 && claim.problem == "malformed-field")
            let hash = String(repeating: "a", count: 64)
            let tier = try await fixture.post("/v1/orders", ["claim_hash": hash, "tier": "gold"], token: nil)
            #expect(tier.status == 422 && tier.problem == "malformed-field")
            let unknown = try await fixture.post("/v1/subscription-tokens", ["claim_secret": hash], token: nil)
            #expect(unknown.status == 404 && unknown.problem == "unknown-claim")
            #expect(try await fixture.count("SELECT count(*) FROM orders") == 0)
        }
    }
}
