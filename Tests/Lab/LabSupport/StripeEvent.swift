import Foundation

/// A webhook event in Stripe's shape since API version 2025-03-31: the period lies in the subscription's items, and
/// an invoice names its subscription under `parent`. Personal fields are filled, as Stripe fills them: the
/// coordinator has to drop them.
public struct StripeEvent: Sendable {
    /// The exact bytes that travel, and that are signed.
    public let body: [UInt8]

    private init(type: String, object: [String: Any]) throws {
        let event: [String: Any] = [
            "id": "evt_\(LabIdentifier.make())",
            "object": "event",
            "api_version": "2025-06-30.basil",
            "created": Int(Date().timeIntervalSince1970),
            "data": ["object": object],
            "livemode": false,
            "pending_webhooks": 1,
            "request": ["id": NSNull(), "idempotency_key": NSNull()],
            "type": type,
        ]
        body = Array(try JSONSerialization.data(withJSONObject: event, options: [.prettyPrinted]))
    }

    /// Of a type that the coordinator has no use for.
    public static func ofAnotherKind() throws -> StripeEvent {
        try StripeEvent(
            type: "customer.created",
            object: ["id": "cus_\(LabIdentifier.make())", "object": "customer", "email": "jane.roe@example.net"]
        )
    }

    public static func checkoutCompleted(order: String, purchase: StripePurchase) throws -> StripeEvent {
        try StripeEvent(
            type: "checkout.session.completed",
            object: [
                "id": "cs_test_\(LabIdentifier.make())",
                "object": "checkout.session",
                "client_reference_id": order,
                "created": purchase.start,
                "currency": "eur",
                "customer": purchase.customer,
                "customer_details": ["email": "jane.roe@example.net", "name": "Jane Roe", "phone": NSNull()],
                "invoice": purchase.invoice,
                "livemode": false,
                "mode": "subscription",
                "payment_status": "paid",
                "status": "complete",
                "subscription": purchase.subscription,
            ]
        )
    }

    public static func subscriptionCreated(_ purchase: StripePurchase) throws -> StripeEvent {
        try subscription("created", purchase, status: "active")
    }

    /// - Parameter status: Stripe's word for how it stands now.
    public static func subscriptionUpdated(_ purchase: StripePurchase, status: String) throws -> StripeEvent {
        try subscription("updated", purchase, status: status)
    }

    private static func subscription(
        _ change: String,
        _ purchase: StripePurchase,
        status: String
    ) throws -> StripeEvent {
        let item: [String: Any] = [
            "id": "si_\(LabIdentifier.make())",
            "object": "subscription_item",
            "created": purchase.start,
            "current_period_start": purchase.start,
            "current_period_end": purchase.end,
            "price": [
                "id": purchase.price, "object": "price", "active": true, "currency": "eur",
                "recurring": ["interval": "month", "interval_count": 1], "type": "recurring", "unit_amount": 500,
            ],
            "quantity": 1,
            "subscription": purchase.subscription,
        ]
        return try StripeEvent(
            type: "customer.subscription.\(change)",
            object: [
                "id": purchase.subscription,
                "object": "subscription",
                "cancel_at_period_end": false,
                "canceled_at": NSNull(),
                "created": purchase.start,
                "currency": "eur",
                "customer": purchase.customer,
                "ended_at": NSNull(),
                "items": ["object": "list", "data": [item], "has_more": false, "total_count": 1],
                "latest_invoice": purchase.invoice,
                "livemode": false,
                "start_date": purchase.start,
                "status": status,
            ]
        )
    }

    /// The whole of a payment went back, by an invoice that was heard of before.
    public static func chargeRefunded(_ purchase: StripePurchase) throws -> StripeEvent {
        try StripeEvent(
            type: "charge.refunded",
            object: [
                "id": "ch_\(LabIdentifier.make())", "object": "charge", "refunded": true, "amount": 500,
                "amount_refunded": 500, "customer": purchase.customer, "invoice": purchase.invoice,
                "billing_details": ["email": "jane.roe@example.net", "name": "Jane Roe"], "livemode": false,
            ]
        )
    }

    public static func invoicePaid(_ purchase: StripePurchase) throws -> StripeEvent {
        let subscription: [String: Any] = ["subscription": purchase.subscription, "metadata": [String: String]()]
        let line: [String: Any] = [
            "id": "il_\(LabIdentifier.make())",
            "object": "line_item",
            "amount": 500,
            "currency": "eur",
            "invoice": purchase.invoice,
            "parent": [
                "type": "subscription_item_details",
                "subscription_item_details": ["subscription": purchase.subscription, "proration": false],
            ] as [String: Any],
            "period": ["start": purchase.start, "end": purchase.end],
            "pricing": ["type": "price_details", "price_details": ["price": purchase.price]] as [String: Any],
            "quantity": 1,
        ]
        return try StripeEvent(
            type: "invoice.paid",
            object: [
                "id": purchase.invoice,
                "object": "invoice",
                "amount_paid": 500,
                "billing_reason": "subscription_create",
                "created": purchase.start,
                "currency": "eur",
                "customer": purchase.customer,
                "customer_email": "jane.roe@example.net",
                "lines": ["object": "list", "data": [line], "has_more": false, "total_count": 1],
                "livemode": false,
                "parent": ["type": "subscription_details", "subscription_details": subscription] as [String: Any],
                "period_start": purchase.start,
                "period_end": purchase.start,
                "status": "paid",
            ]
        )
    }
}
