/// `VoidedPurchasesListResponse`, as far as it is read
/// (developers.google.com/android-publisher/api-ref/rest/v3/purchases.voidedpurchases).
struct GoogleVoidedPurchases: Hashable, Sendable, Decodable {
    struct Purchase: Hashable, Sendable, Decodable {
        let purchaseToken: PurchaseToken
        /// Milliseconds since 1970, as a text.
        let voidedTimeMillis: String
    }

    struct Pagination: Hashable, Sendable, Decodable {
        let nextPageToken: String?
    }

    /// Not there when there are none.
    let voidedPurchases: [Purchase]?
    let tokenPagination: Pagination?
}
