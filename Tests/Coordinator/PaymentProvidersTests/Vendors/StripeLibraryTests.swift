import Cryptography
import Foundation
import Model
import Testing

@testable import PaymentProviders

/// Beside Stripe's own library.
@Suite(.timeLimit(.minutes(10))) struct StripeLibraryTests {
    private struct Question: Encodable {
        let secret: String
        let body: String
        let headers: [String]
    }

    private struct Answer: Decodable {
        struct Event: Decodable, Equatable {
            let id: String
            let type: String
            let livemode: Bool
        }

        let accepted: [Bool]
        let generated: String
        let event: Event
    }

    private struct Case {
        let name: String
        let header: String
        let ours: Bool
        /// Where it is not what we say: what the library lets pass, and why we do not, or the reverse.
        var theirs: Bool?
    }

    private let now = Int64(Date().timeIntervalSince1970)
    private let body = StripeMaterial.event("customer.subscription.updated", StripeMaterial.subscription())

    private func signature(at time: Int64, of body: [UInt8]? = nil, key: String? = nil) -> String {
        let message = Array("\(time).".utf8) + (body ?? self.body)
        return Hexadecimal.encode(
            SHA256.authenticate(message, key: Array((key ?? StripeMaterial.secret.reveal()).utf8))
        )
    }

    private var cases: [Case] {
        let right = signature(at: now)
        return [
            Case(name: "as it is", header: StripeMaterial.header(body, time: now), ours: true),
            // What prepares the library may take a minute.
            Case(name: "three minutes old", header: StripeMaterial.header(body, time: now - 180), ours: true),
            Case(
                name: "a secret being rolled",
                header: "t=\(now),v1=\(signature(at: now, key: "old")),v1=\(right)",
                ours: true
            ),
            Case(name: "another scheme beside it", header: "t=\(now),v1=\(right),v0=\(right)", ours: true),
            Case(name: "in another order", header: "v1=\(right),t=\(now)", ours: true),
            Case(name: "too old", header: StripeMaterial.header(body, time: now - 400), ours: false),
            Case(name: "of another body", header: "t=\(now),v1=\(signature(at: now, of: body + [32]))", ours: false),
            Case(name: "with another secret", header: "t=\(now),v1=\(signature(at: now, key: "other"))", ours: false),
            Case(name: "with an empty secret", header: "t=\(now),v1=\(signature(at: now, key: ""))", ours: false),
            Case(name: "of another time", header: "t=\(now),v1=\(signature(at: now - 1))", ours: false),
            Case(name: "another scheme alone", header: "t=\(now),v0=\(right)", ours: false),
            Case(name: "cut", header: "t=\(now),v1=\(right.dropLast(2))", ours: false),
            Case(name: "no time", header: "v1=\(right)", ours: false),
            Case(name: "no number", header: "t=now,v1=\(right)", ours: false),
            Case(name: "no signature", header: "t=\(now)", ours: false),
            Case(name: "nothing", header: "", ours: false),
            Case(name: "a space", header: "t=\(now), v1=\(right)", ours: false),
            // Where we are stricter on purpose.
            Case(
                name: "of the future",
                header: StripeMaterial.header(body, time: now + 400),
                ours: false,
                theirs: true
            ),
            Case(name: "two times", header: "t=\(now),t=\(now - 1),v1=\(right)", ours: false, theirs: true),
            Case(name: "a signed time", header: "t=+\(now),v1=\(right)", ours: false, theirs: true),
            // The same bytes in another spelling: nobody can make them without the secret.
            Case(name: "in capitals", header: "t=\(now),v1=\(right.uppercased())", ours: true, theirs: false),
        ]
    }

    private func isAccepted(_ header: String) -> Bool {
        (try? StripeSignature.verify(
            header: header,
            body: body,
            secrets: [StripeMaterial.secret],
            now: Timestamp(seconds: now)
        )) != nil
    }

    @Test func `Stripe's library and we take and refuse the same`() async throws {
        let cases = cases
        let question = Question(
            secret: StripeMaterial.secret.reveal(),
            body: String(decoding: body, as: UTF8.self),
            headers: cases.map(\.header)
        )
        let answer: Answer = try await VendorLibrary.stripe.answer(question)
        try #require(answer.accepted.count == cases.count)
        for (entry, theirs) in zip(cases, answer.accepted) {
            #expect(isAccepted(entry.header) == entry.ours, "\(entry.name): ours")
            #expect(theirs == entry.theirs ?? entry.ours, "\(entry.name): theirs")
        }
        #expect(isAccepted(answer.generated), "what the library signs")
        let event = try StripeEvent(body: body)
        #expect(answer.event.id == event.id.text)
        #expect(answer.event.livemode == event.livemode)
        #expect(answer.event.type == event.fields?.type.rawValue)
    }
}
