import Model
import Testing

@testable import PaymentProviders

@Suite struct StripeEventTests {
    private let time = StripeMaterial.time
    private let end = StripeMaterial.time + StripeMaterial.month

    @Test(arguments: StripeMaterial.Shape.allCases)
    func `both shapes of a subscription give the same fields`(shape: StripeMaterial.Shape) throws {
        let fields = try fields("customer.subscription.updated", StripeMaterial.subscription(shape: shape))
        #expect(fields.subscription?.text == "sub_1")
        #expect(fields.status == "active")
        #expect(fields.prices == ["price_basic"])
        #expect(fields.period_start == time)
        #expect(fields.period_end == end)
        #expect(fields.renews == true)
    }

    @Test(arguments: StripeMaterial.Shape.allCases)
    func `only the lines of the subscription itself say how long an invoice paid`(shape: StripeMaterial.Shape) throws {
        let fields = try fields("invoice.paid", StripeMaterial.invoice(shape: shape))
        #expect(fields.subscription?.text == "sub_1")
        #expect(fields.paid_through == end)
        #expect(fields.times?.map(\.end) == [end])
        #expect(try self.fields("invoice.payment_failed", StripeMaterial.invoice(shape: shape)).paid_through == nil)
    }

    @Test func `a claim's hash is kept, and other text in its place is not`() throws {
        let hash = String(repeating: "ab", count: 32)
        let kept = try fields("checkout.session.completed", StripeMaterial.session(claim: hash))
        #expect(kept.claim_hash == hash)
        let typed = try fields("checkout.session.completed", StripeMaterial.session(claim: StripeMaterial.personal[0]))
        #expect(typed.claim_hash == nil)
    }

    @Test(arguments: [
        ("customer.subscription.created", StripeMaterial.subscription()), ("invoice.paid", StripeMaterial.invoice()),
        ("checkout.session.completed", StripeMaterial.session(claim: "jane.doe@example.org")),
        ("charge.refunded", StripeMaterial.charge(refunded: true)),
    ])
    func `nothing personal is kept`(type: String, object: String) throws {
        let json = try fields(type, object).json()
        for text in StripeMaterial.personal { #expect(!json.contains(text)) }
        #expect(try StripeInboxFields(json: json) == fields(type, object), "the inbox gives back what it was given")
    }

    @Test func `an unknown type is read no further`() throws {
        let event = try StripeEvent(body: StripeMaterial.event("customer.created", #"{"email": 7}"#))
        #expect(event.fields == nil)
    }

    @Test(arguments: [#"{"id": 7}"#, #"{}"#, #"{"id": "sub_1", "status": "active"}"#, #"{"id": "../v1/x"}"#, "[]"])
    func `an object of an unknown shape is marked as such`(object: String) throws {
        #expect(try fields("customer.subscription.updated", object).unreadable == true)
    }

    @Test func `what is no event is refused, however it is wrong`() {
        let good = StripeMaterial.event("invoice.paid", StripeMaterial.invoice())
        for count in stride(from: 0, to: good.count, by: 7) {
            #expect(throws: StripeEventError.malformed) { try StripeEvent(body: Array(good.prefix(count))) }
        }
        let deep = Array(repeating: UInt8(ascii: "["), count: 100_000)
        #expect(throws: StripeEventError.tooLarge) { try StripeEvent(body: deep) }
        let huge = Array(repeating: UInt8(ascii: " "), count: JSONLimits.byteCountMax + 1)
        #expect(throws: StripeEventError.tooLarge) { try StripeEvent(body: huge) }
        #expect(throws: StripeEventError.malformed) { try StripeEvent(body: [0xff, 0xfe, 0x00]) }
    }

    @Test(arguments: ["", "sub-1", "sub 1", "sub_1/../x", "sub_1?x", "süb", String(repeating: "a", count: 256)])
    func `text that is no id never becomes one`(text: String) {
        #expect(StripeID(text) == nil)
    }

    @Test func `a form's text is escaped byte for byte`() {
        #expect(FormBody.encode([("a[b]", "ä &=+~")]) == "a%5Bb%5D=%C3%A4%20%26%3D%2B~")
    }

    private func fields(_ type: String, _ object: String) throws -> StripeInboxFields {
        try #require(try StripeEvent(body: StripeMaterial.event(type, object)).fields)
    }
}
