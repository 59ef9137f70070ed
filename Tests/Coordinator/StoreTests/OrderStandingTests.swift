import Billing
import Cryptography
import Database
import Model
import Store
import Testing

/// What an app is told of an order that gives no token.
@Suite(.timeLimit(.minutes(10))) struct OrderStandingTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// Each with whether it is parked.
        let events: [(fields: String, isParked: Bool)]
        let refusal: ClaimRefusal
    }

    static func event(
        _ type: String,
        session: String = "cs_1",
        created: Int = 100,
        status: String? = nil,
        isParked: Bool = false
    ) -> (fields: String, isParked: Bool) {
        let payment = status.map { #","payment_status":"\#($0)""# } ?? ""
        let fields = #""type":"checkout.session.\#(type)","object":"\#(session)","created":\#(created)"#
        return (#"{\#(fields)\#(payment),"claim_hash":"HASH"}"#, isParked)
    }

    static let cases = [
        Case(testDescription: "nothing was heard", events: [], refusal: .paymentPending),
        Case(testDescription: "the checkout expired", events: [event("expired")], refusal: .checkoutExpired),
        Case(
            testDescription: "one checkout expired and another is under way",
            events: [event("expired"), event("completed", session: "cs_2", status: "unpaid")],
            refusal: .paymentPending
        ),
        Case(
            testDescription: "a bank debit failed; the events came in disorder",
            events: [event("async_payment_failed", created: 200), event("completed", status: "unpaid")],
            refusal: .paymentFailed
        ),
        Case(
            testDescription: "a bank debit succeeded, and its event waits for the worker",
            events: [event("completed", status: "unpaid"), event("async_payment_succeeded", created: 200)],
            refusal: .paymentPending
        ),
        Case(
            testDescription: "paid and parked",
            events: [event("completed", status: "paid", isParked: true)],
            refusal: .underReview
        ),
    ]

    @Test(arguments: cases) func `an order's claim is refused with what became of its payment`(
        _ example: Case
    ) async throws {
        try await BillingDatabase.withStore { store in
            let (secret, now) = (RandomBytes.make(32), BillingDatabase.now)
            let hash = SHA256.hash(secret)
            _ = try await store.registerOrder(claimHash: hash, tier: BillingDatabase.basic, now: now)
            for (number, event) in example.events.enumerated() {
                let fields = event.fields.replacing("HASH", with: Hexadecimal.encode(hash).uppercased())
                _ = try await store.recordWebhook(.stripe, eventID: "evt_\(number)", fields: fields, now: now)
                guard event.isParked else { continue }
                let entry = try await store.takeWebhooks(.stripe, limit: 1, now: now)[0]
                try await store.parkWebhook(entry, reason: "a price that nobody knows", now: now)
            }
            let answer = try await store.claim(secret: Secret(secret), pepper: BillingDatabase.pepper, now: now)
            guard case .failure(let refusal) = answer else { return #expect(Bool(false), "\(answer)") }
            #expect(refusal == example.refusal)
        }
    }

    @Test func `an order that nobody paid in its time says so, until it is ordered again`() async throws {
        try await BillingDatabase.withStore { store in
            let (secret, now) = (RandomBytes.make(32), BillingDatabase.now)
            _ = try await store.registerOrder(claimHash: SHA256.hash(secret), tier: BillingDatabase.basic, now: now)
            let late = now + .seconds(7 * 86_400)
            let answer = try await store.claim(secret: Secret(secret), pepper: BillingDatabase.pepper, now: late)
            guard case .failure(.orderExpired) = answer else { return #expect(Bool(false), "\(answer)") }
        }
    }
}
