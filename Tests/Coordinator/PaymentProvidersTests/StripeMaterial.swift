import Cryptography
import Model

/// Events in the likeness of Stripe's, in the shape before API version 2025-03-31 and since, full of what must not be
/// kept.
enum StripeMaterial {
    static let secret = Secret("whsec_test_holdfast")
    static let time: Int64 = 1_700_000_000
    static let month: Int64 = 30 * 86_400

    enum Shape: CaseIterable, Sendable {
        case legacy, basil
    }

    /// What a payer wrote or is: none of it may be found anywhere afterwards.
    static let personal = ["jane.doe@example.org", "Jane Doe", "203.0.113.77", "+49 30 1234567"]

    static func event(
        _ type: String,
        _ object: String,
        id: String = "evt_1",
        created: Int64 = time,
        livemode: Bool = false
    ) -> [UInt8] {
        Array(
            """
            {"id": "\(id)", "object": "event", "api_version": "2025-03-31.basil", "created": \(created),
             "livemode": \(livemode), "type": "\(type)", "pending_webhooks": 1,
             "request": {"id": null, "idempotency_key": null}, "data": {"object": \(object)}}
            """.utf8
        )
    }

    static func subscription(
        _ status: String = "active",
        shape: Shape = .basil,
        price: String = "price_basic",
        start: Int64 = time,
        invoice: String = "\"in_1\""
    ) -> String {
        let period = "\"current_period_start\": \(start), \"current_period_end\": \(start + month),"
        return """
            {"id": "sub_1", "object": "subscription", "status": "\(status)", "customer": "cus_1", "livemode": false,
             "cancel_at_period_end": false, "cancel_at": null, \(shape == .legacy ? period : "")
             "description": "\(personal[1])", "metadata": {"email": "\(personal[0])"}, "latest_invoice": \(invoice),
             "items": {"object": "list", "data": [{"id": "si_1", \(shape == .basil ? period : "")
                "price": {"id": "\(price)", "unit_amount": 500}}]}}
            """
    }

    static func invoice(shape: Shape = .basil, end: Int64 = time + month, status: String = "paid") -> String {
        let (owner, line) =
            switch shape {
            case .legacy:
                (#""subscription": "sub_1", "payment_intent": "pi_1", "charge": "ch_1","#, #""type": "subscription""#)
            case .basil:
                (
                    #""parent": {"type": "subscription_details", "subscription_details": {"subscription": "sub_1"}},"#,
                    #""parent": {"type": "subscription_item_details"}"#
                )
            }
        let other = shape == .legacy ? #""type": "invoiceitem""# : #""parent": {"type": "invoice_item_details"}"#
        return """
            {"id": "in_1", "object": "invoice", "status": "\(status)", \(owner)
             "customer_email": "\(personal[0])", "customer_name": "\(personal[1])", "customer_phone": "\(personal[3])",
             "lines": {"object": "list", "data": [
               {"id": "il_1", "period": {"start": \(time), "end": \(end)}, \(line)},
               {"id": "il_2", "period": {"start": \(time), "end": \(end + 999_999)}, \(other)}]}}
            """
    }

    /// An upgrade's difference: an invoice of the subscription without a line for a period of it.
    static func invoiceOfAnExtra() -> String {
        """
        {"id": "in_extra", "object": "invoice", "status": "paid",
         "parent": {"type": "subscription_details", "subscription_details": {"subscription": "sub_1"}},
         "lines": {"object": "list", "data": [{"id": "il_3", "period": {"start": \(time), "end": \(time + month)},
           "parent": {"type": "invoice_item_details"}}]}}
        """
    }

    static func chargeForAnExtra() -> String {
        #"{"id": "ch_2", "object": "charge", "refunded": true, "payment_intent": "pi_2", "invoice": "in_extra"}"#
    }

    static func session(claim: String, paid: String = "paid") -> String {
        """
        {"id": "cs_1", "object": "checkout.session", "mode": "subscription", "payment_status": "\(paid)",
         "subscription": "sub_1", "client_reference_id": "\(claim)", "customer_email": "\(personal[0])",
         "customer_details": {"email": "\(personal[0])", "name": "\(personal[1])", "phone": "\(personal[3])"}}
        """
    }

    static func charge(refunded: Bool) -> String {
        """
        {"id": "ch_1", "object": "charge", "refunded": \(refunded), "payment_intent": "pi_1", "invoice": "in_1",
         "billing_details": {"email": "\(personal[0])", "name": "\(personal[1])"},
         "receipt_email": "\(personal[0])", "metadata": {"ip": "\(personal[2])"}}
        """
    }

    static func dispute(_ status: String) -> String {
        #"{"id": "dp_1", "object": "dispute", "status": "\#(status)", "charge": "ch_1", "payment_intent": "pi_1"}"#
    }

    static func header(_ body: [UInt8], time: Int64 = time) -> String {
        let message = Array("\(time).".utf8) + body
        let signature = SHA256.authenticate(message, key: Array(secret.reveal().utf8))
        return "t=\(time),v1=\(Hexadecimal.encode(signature))"
    }
}
