/// `StatusResponse`, as far as it is read: what counts in it is signed.
struct AppleStatuses: Hashable, Sendable, Decodable {
    struct Group: Hashable, Sendable, Decodable {
        let lastTransactions: [Item]
    }

    struct Item: Hashable, Sendable, Decodable {
        let originalTransactionId: String
        /// As in a notification: 4 is grace.
        let status: Int?
        let signedTransactionInfo: String?
        let signedRenewalInfo: String?
    }

    let data: [Group]

    var items: [Item] { data.flatMap(\.lastTransactions) }
}

/// `NotificationHistoryResponse`, as far as it is read.
struct AppleNotificationHistory: Hashable, Sendable, Decodable {
    struct Item: Hashable, Sendable, Decodable {
        let signedPayload: String
    }

    let notificationHistory: [Item]
    let hasMore: Bool
    let paginationToken: String?
}
