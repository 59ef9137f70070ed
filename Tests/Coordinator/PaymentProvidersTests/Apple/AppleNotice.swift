import Billing
import Model

@testable import PaymentProviders

/// A notification of the App Store's and what is in it. Each field is what a test may change.
struct AppleNotice: Sendable {
    static let authority = try! AppleAuthority()
    static let start: Int64 = 1_700_000_000
    static let month: Int64 = 30 * 86_400

    var id = "uuid-1"
    var type = "SUBSCRIBED"
    var bundle = "org.example.vpn"
    var environment = "Sandbox"
    /// The app's number, of production alone.
    var app: Int64?
    var signed: Int64 = start
    var innerBundle = "org.example.vpn"
    var innerEnvironment = "Sandbox"
    /// Nil for the transaction's.
    var renewalEnvironment: String?
    var original = "1000"
    var renewalOriginal = "1000"
    var transaction = "1000"
    var product = "basic.monthly"
    var kind = "Auto-Renewable Subscription"
    var purchased: Int64 = start
    var revoked: Int64?
    var grace: Int64?
    var retries = false
    var status = 1
    /// PURCHASE or RENEWAL, where the text says.
    var reason: String?
    var outerAuthority = AppleNotice.authority
    var innerAuthority = AppleNotice.authority
    /// Nil for the transaction's.
    var renewalAuthority: AppleAuthority?

    /// `signedTransactionInfo`, or what StoreKit gives a device.
    func transactionText() throws -> String {
        let revocation = revoked.map { #","revocationDate":\#($0 * 1000),"revocationReason":0"# } ?? ""
        let reasonField = reason.map { #","transactionReason":"\#($0)""# } ?? ""
        return try innerAuthority.sign(
            """
            {"originalTransactionId":"\(original)","transactionId":"\(transaction)","bundleId":"\(innerBundle)",
            "environment":"\(innerEnvironment)","productId":"\(product)","type":"\(kind)",
            "purchaseDate":\(purchased * 1000),"expiresDate":\((purchased + Self.month) * 1000),
            "signedDate":\(signed * 1000),"storefront":"FRA","price":4990,
            "appAccountToken":"7e3fb20b-4cdb-47cc-936d-99d65f608138"\(revocation)\(reasonField)}
            """
        )
    }

    func renewalText() throws -> String {
        let graceField = grace.map { #","gracePeriodExpiresDate":\#($0 * 1000)"# } ?? ""
        return try (renewalAuthority ?? innerAuthority).sign(
            """
            {"originalTransactionId":"\(renewalOriginal)","environment":"\(renewalEnvironment ?? innerEnvironment)",
            "autoRenewStatus":1,"autoRenewProductId":"\(product)","isInBillingRetryPeriod":\(retries),
            "signedDate":\(signed * 1000)\(graceField)}
            """
        )
    }

    func payload() throws -> String {
        try outerAuthority.sign(
            """
            {"notificationType":"\(type)","notificationUUID":"\(id)","version":"2.0","signedDate":\(signed * 1000),
            "data":{\(app.map { #""appAppleId":\#($0),"# } ?? "")"bundleId":"\(bundle)","environment":"\(environment)","status":\(status),
            "signedTransactionInfo":"\(try transactionText())","signedRenewalInfo":"\(try renewalText())"}}
            """
        )
    }

    var body: [UInt8] {
        get throws { Array(#"{"signedPayload":"\#(try payload())"}"#.utf8) }
    }
}
