import Model
import Testing

@testable import PaymentProviders

/// The signature below was made by Python's hmac and, apart from that, by PyPI's `stripe` 16.1.0: both agree.
@Suite struct StripeSignatureTests {
    private let secret = Secret("whsec_test_holdfast")
    private let body = Array(#"{"id":"evt_1"}"#.utf8)
    private let time: Int64 = 1_700_000_000
    private let good = "35c1ec2a84de6c8daaaca981abed44ecd2b63a3cdd49ede183c2b8e595cb34af"
    private var other: String { String(repeating: "0", count: 64) }

    @Test func `Stripe's own signature is accepted`() throws {
        try verify("t=1700000000,v1=\(good)")
    }

    @Test func `one of several signatures is enough, and other schemes are ignored`() throws {
        try verify("t=1700000000,v1=\(other),v1=\(good),v0=\(other)")
        try verify("v0=zz,v1=\(good),t=1700000000")
        #expect(throws: StripeSignatureError.noMatch) { try verify("t=1700000000,v0=\(good)") }
    }

    @Test func `one of several secrets is enough, and an empty one counts for nothing`() throws {
        try verify("t=1700000000,v1=\(good)", secrets: [Secret("whsec_new"), secret])
        #expect(throws: StripeSignatureError.noMatch) { try verify("t=1700000000,v1=\(good)", secrets: []) }
        // HMAC of the same message under an empty key: what everybody can make.
        let open = "0544cee61c7f21c4f8ddaa03818d769214fe1cee99d6a47c009139d400184359"
        #expect(throws: StripeSignatureError.noMatch) {
            try verify("t=1700000000,v1=\(open)", secrets: [Secret("")])
        }
    }

    @Test(arguments: [-300, 0, 300]) func `five minutes apart are tolerated`(offset: Int64) throws {
        try verify("t=1700000000,v1=\(good)", now: Timestamp(seconds: time + offset))
    }

    @Test(arguments: [-301, 301, -9_000_000_000, 9_000_000_000])
    func `more than that is refused, past or future`(offset: Int64) {
        #expect(throws: StripeSignatureError.outsideTolerance) {
            try verify("t=1700000000,v1=\(good)", now: Timestamp(seconds: time + offset))
        }
    }

    @Test(arguments: [
        "", "t=1700000000", "v1=00", "t=,v1=00", "t=abc,v1=00", "t=-1,v1=00", "t=+1700000000,v1=00", "garbage",
        "t=1700000000,t=1700000000,v1=00", "t=99999999999999999999,v1=00", "t=1700000000 ,v1=00",
        "t=١٧٠٠٠٠٠٠٠٠,v1=00", "t=1700000000,v1", String(repeating: "t=1,", count: 2000),
    ])
    func `a header of another form is refused`(header: String) {
        #expect(throws: StripeSignatureError.self) { try verify(header) }
    }

    @Test func `a changed body, time or secret is refused`() {
        let header = "t=1700000000,v1=\(good)"
        #expect(throws: StripeSignatureError.noMatch) { try verify(header, body: body + [10]) }
        #expect(throws: StripeSignatureError.noMatch) { try verify("t=1700000001,v1=\(good)") }
        #expect(throws: StripeSignatureError.noMatch) { try verify(header, secrets: [Secret("test_holdfast")]) }
        #expect(throws: StripeSignatureError.noMatch) { try verify("t=1700000000,v1=\(good.dropLast(2))") }
    }

    private func verify(
        _ header: String,
        body: [UInt8]? = nil,
        secrets: [Secret<String>]? = nil,
        now: Timestamp = Timestamp(seconds: 1_700_000_000)
    ) throws(StripeSignatureError) {
        try StripeSignature.verify(header: header, body: body ?? self.body, secrets: secrets ?? [secret], now: now)
    }
}
