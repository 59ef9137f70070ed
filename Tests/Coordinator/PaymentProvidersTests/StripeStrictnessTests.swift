import Cryptography
import Model
import Testing

@testable import PaymentProviders

/// Each check that only one kind of forged or foreign input meets, with that input and nothing else wrong with it.
@Suite(.timeLimit(.minutes(10))) struct StripeStrictnessTests {
    private let time = StripeMaterial.time
    private let body = StripeMaterial.event("invoice.paid", StripeMaterial.invoice())

    private func signed(_ timeText: String) -> String {
        Hexadecimal.encode(
            SHA256.authenticate(Array("\(timeText).".utf8) + body, key: Array(StripeMaterial.secret.reveal().utf8))
        )
    }

    private func verify(_ header: String) throws(StripeSignatureError) {
        try StripeSignature.verify(
            header: header,
            body: body,
            secrets: [StripeMaterial.secret],
            now: Timestamp(seconds: time)
        )
    }

    @Test func `a header with two times is refused, although one of them was signed`() {
        #expect(throws: StripeSignatureError.malformed) {
            try verify("t=\(time),t=\(time - 1),v1=\(signed("\(time)"))")
        }
    }

    @Test func `a time is digits alone, although another spelling was signed`() {
        #expect(throws: StripeSignatureError.malformed) { try verify("t=+\(time),v1=\(signed("+\(time)"))") }
    }

    @Test func `a header has its length, although its signature is right`() {
        let filler = String(repeating: ",v0=0", count: 1000)
        #expect(throws: StripeSignatureError.malformed) { try verify("t=\(time),v1=\(signed("\(time)"))\(filler)") }
    }

    @Test func `a session that is not paid gives nothing`() async throws {
        try await BillingDesk.open { desk in
            let session = StripeMaterial.session(claim: String(repeating: "ab", count: 32), paid: "unpaid")
            await desk.deliver("checkout.session.completed", session, id: "evt_1")
            await desk.worker.drain()
            let held = try await desk.entitlement()
            #expect(held == nil)
            let parked = try await desk.parkedReasons()
            #expect(parked.isEmpty)
        }
    }

    @Test(arguments: [
        StripeMaterial.subscription().replacing(#""id": "sub_1""#, with: #""id": "sub_2""#),
        StripeMaterial.subscription().replacing(#""livemode": false"#, with: #""livemode": true"#),
    ])
    func `an answer about another subscription or mode is left to a person`(answer: String) async throws {
        try await FetchingDesk.open(answering: answer) { desk in
            await desk.deliver("customer.subscription.updated", StripeMaterial.subscription(), id: "evt_1")
            await desk.worker.drain()
            let held = try await desk.entitlement()
            #expect(held == nil)
            let parked = try await desk.parkedReasons()
            #expect(parked == ["Stripe answered with another subscription or mode"])
        }
    }
}
