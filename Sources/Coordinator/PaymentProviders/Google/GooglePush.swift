import FoundationEssentials
import Model

/// What Pub/Sub posts: an envelope whose data is a notification of Google Play's.
struct GooglePush: Sendable {
    /// Pub/Sub's own id of the message, the same each time it is delivered.
    let messageID: String
    /// `projects/…/subscriptions/…`.
    let subscription: String
    let packageName: String
    /// Nil for a notification that means nothing here, such as a test.
    let fields: GoogleInboxFields?

    private struct Envelope: Decodable {
        struct Message: Decodable {
            let data: String
            let messageId: String
        }

        let message: Message
        let subscription: String
    }

    private struct Notification: Decodable {
        struct Subscription: Decodable {
            let notificationType: Int
            let purchaseToken: PurchaseToken
        }

        struct Voided: Decodable {
            let purchaseToken: PurchaseToken
            /// 1 for a subscription, 2 for a one-time product.
            let productType: Int?
        }

        struct Ignored: Decodable {}

        let packageName: String
        /// A string of digits.
        let eventTimeMillis: String
        let subscriptionNotification: Subscription?
        let voidedPurchaseNotification: Voided?
        let oneTimeProductNotification: Ignored?
        let pendingRefundReviewNotification: Ignored?
        let testNotification: Ignored?

        var kindCount: Int {
            [
                subscriptionNotification != nil, voidedPurchaseNotification != nil, oneTimeProductNotification != nil,
                pendingRefundReviewNotification != nil, testNotification != nil,
            ]
            .count { $0 }
        }
    }

    init(body: [UInt8]) throws(MalformedGooglePush) {
        guard JSONLimits.allow(body), let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(body)),
            (1...255).contains(envelope.message.messageId.utf8.count),
            let data = Base64.decode(envelope.message.data), JSONLimits.allow(data),
            let notification = try? JSONDecoder().decode(Notification.self, from: Data(data)),
            let time = Int64(notification.eventTimeMillis), UnixMilliseconds.timestamp(time) != nil,
            notification.kindCount <= 1
        else { throw MalformedGooglePush() }
        messageID = envelope.message.messageId
        subscription = envelope.subscription
        packageName = notification.packageName
        if let event = notification.subscriptionNotification {
            fields = GoogleInboxFields(
                kind: .subscription,
                purchaseToken: event.purchaseToken,
                type: event.notificationType,
                eventTime: time
            )
        } else if let event = notification.voidedPurchaseNotification, event.productType != 2 {
            fields = GoogleInboxFields(kind: .voided, purchaseToken: event.purchaseToken, eventTime: time)
        } else {
            fields = nil
        }
    }
}

/// A body that is no notification. It may hold anything, and nothing of it is logged.
struct MalformedGooglePush: Error, Hashable, Sendable {}
