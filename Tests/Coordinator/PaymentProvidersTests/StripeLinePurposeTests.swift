import FoundationEssentials
import Testing

@testable import PaymentProviders

/// What a line of an invoice is for, in every version's shape.
@Suite struct StripeLinePurposeTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let fields: String
        let purpose: StripeLinePurpose
    }

    private static func basil(_ type: String, proration: Bool?) -> String {
        let flag = proration.map { #""proration": \#($0),"# } ?? ""
        return #""parent": {"type": "\#(type)_details", "\#(type)_details": {\#(flag) "subscription": "sub_1"}}"#
    }

    private static let cases = [
        Case(
            testDescription: "basil, the subscription's time",
            fields: basil("subscription_item", proration: false) + #", "amount": 500"#,
            purpose: .time
        ),
        Case(
            testDescription: "basil, time that costs nothing",
            fields: basil("subscription_item", proration: nil) + #", "amount": 0"#,
            purpose: .time
        ),
        Case(
            testDescription: "basil, credit for the old plan",
            fields: basil("subscription_item", proration: true) + #", "amount": -4700"#,
            purpose: .prorationCredit
        ),
        Case(
            testDescription: "basil, charge for the new plan",
            fields: basil("subscription_item", proration: true) + #", "amount": 9400"#,
            purpose: .prorationCharge
        ),
        Case(
            testDescription: "basil, charge that waited for the next invoice",
            fields: basil("invoice_item", proration: true) + #", "amount": 900"#,
            purpose: .prorationCharge
        ),
        Case(
            testDescription: "basil, a fee",
            fields: basil("invoice_item", proration: false) + #", "amount": 2000"#,
            purpose: .oneOff
        ),
        Case(
            testDescription: "basil, a price below nothing",
            fields: basil("subscription_item", proration: false) + #", "amount": -100"#,
            purpose: .oneOff
        ),
        Case(testDescription: "basil, tax", fields: basil("tax", proration: nil) + #", "amount": 95"#, purpose: .tax),
        Case(
            testDescription: "basil, a kind that is not known yet",
            fields: basil("surprise", proration: nil) + #", "amount": 95"#,
            purpose: .oneOff
        ),
        Case(
            testDescription: "before basil, the subscription's time",
            fields: #""type": "subscription", "proration": false, "subscription": "sub_1", "amount": 500"#,
            purpose: .time
        ),
        Case(
            testDescription: "before basil, without an amount",
            fields: #""type": "subscription""#,
            purpose: .time
        ),
        Case(
            testDescription: "before basil, credit for the old plan",
            fields: #""type": "invoiceitem", "proration": true, "subscription": "sub_1", "amount": -4700"#,
            purpose: .prorationCredit
        ),
        Case(
            testDescription: "before basil, charge at once",
            fields: #""type": "subscription", "proration": true, "amount": 9400"#,
            purpose: .prorationCharge
        ),
        Case(
            testDescription: "before basil, a fee",
            fields: #""type": "invoiceitem", "proration": false, "amount": 2000"#,
            purpose: .oneOff
        ),
        Case(testDescription: "before basil, tax", fields: #""type": "tax", "amount": 95"#, purpose: .tax),
        Case(
            testDescription: "the oldest, with a plan of the seller's naming",
            fields: #""plan": {"id": "gold monthly!"}, "amount": 500"#,
            purpose: .time
        ),
        Case(testDescription: "nothing said", fields: #""amount": 500"#, purpose: .oneOff),
    ]

    @Test(arguments: cases)
    func `a line's purpose`(line: Case) throws {
        #expect(StripeLinePurpose(try Self.line(line.fields)) == line.purpose)
    }

    @Test(arguments: [
        (#""amount": 0"#, false), (#""amount": 500"#, true),
        (#""amount": 500, "discount_amounts": [{"amount": 500}]"#, false),
        (#""amount": 500, "discount_amounts": [{"amount": 100}]"#, true), (#""type": "subscription""#, true),
    ])
    func `a line for which nothing is asked costs no money`(fields: String, costs: Bool) throws {
        #expect(try Self.line(fields).costsMoney == costs)
    }

    private static func line(_ fields: String) throws -> StripeInvoiceLine {
        let text = #"{"id": "il_1", "period": {"start": 1, "end": 2}, \#(fields)}"#
        return try JSONDecoder().decode(StripeInvoiceLine.self, from: Data(text.utf8))
    }
}
