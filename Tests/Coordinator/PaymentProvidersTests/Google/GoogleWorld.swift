import CryptoExtras
import FoundationEssentials
import JOSE
import Model
import NIOHTTP1
import StandInServer
import Synchronization

@testable import PaymentProviders

/// Google, as far as it is asked: keys, access tokens, and purchases that the test sets. Its own service cannot run here.
final class GoogleWorld: Sendable {
    static let package = "org.example.vpn"
    static let subscription = "projects/example/subscriptions/play"
    static let audience = "https://vpn.example.org/webhooks/google"
    static let account = "push@example.iam.gserviceaccount.com"
    static let keyID = "google-1"

    /// Both the keys of Google's and that of our account: making one takes long.
    static let key: (signing: SigningKey, pem: String, jwk: String) = {
        let key = try! _RSA.Signing.PrivateKey(keySize: .bits2048)
        let primitives = try! key.publicKey.getKeyPrimitives()
        let jwk = """
            {"kty": "RSA", "kid": "\(keyID)", "use": "sig", "alg": "RS256",
                "n": "\(Base64.encode(primitives.modulus, .urlSafe))",
                "e": "\(Base64.encode(primitives.publicExponent, .urlSafe))"}
            """
        let pem = key.pkcs8PEMRepresentation
        return (try! SigningKey(pem: Secret(pem), for: .rs256), pem, jwk)
    }()

    struct Purchase: Sendable {
        var state = "ACTIVE"
        var product = "basic_monthly"
        /// Further line items as JSON, each followed by a comma.
        var moreItems = ""
        var expiry = "2023-12-14T22:13:20.123456789Z"
        var isAcknowledged = false
        var isTest = true
        var linked: String?
        var expiredOutOfApp: String?
        var account: String?
    }

    fileprivate struct State {
        var purchases: [String: Purchase] = [:]
        var failure: Int?
        var acknowledgementFailure: Int?
        var asked: [String: Int] = [:]
        var accessToken = 1
        var refusedAcknowledgements: Set<String> = []
        var voided: [String] = []
        var targets: [String] = []
    }

    private let state = Mutex(State())

    subscript(token: String) -> Purchase? {
        get { state.withLock { $0.purchases[token] } }
        set { state.withLock { $0.purchases[token] = newValue } }
    }

    /// What every question about a purchase is answered with.
    func fail(_ status: Int?, acknowledgements: Int? = nil) {
        state.withLock {
            $0.failure = status
            $0.acknowledgementFailure = acknowledgements
        }
    }

    /// Purchases that Google does not let us acknowledge.
    func refuseAcknowledgements(of tokens: [String]) {
        state.withLock { $0.refusedAcknowledgements = Set(tokens) }
    }

    /// What the list of voided purchases has, one to a page.
    var voided: [String] {
        get { state.withLock { $0.voided } }
        set { state.withLock { $0.voided = newValue } }
    }

    /// Every address that was asked for, with its query.
    var targets: [String] { state.withLock { $0.targets } }

    /// Access tokens given before are refused from now on.
    func expireAccess() {
        state.withLock { $0.accessToken += 1 }
    }

    func count(of path: String) -> Int { state.withLock { $0.asked[path, default: 0] } }

    func answer(_ request: StandInServer.Request) -> StandInServer.Answer {
        state.withLock { state in
            let path = String(request.target.prefix { $0 != "?" })
            state.asked[path, default: 0] += 1
            state.targets.append(request.target)
            switch path {
            case "/certs": return .init(status: 200, body: #"{"keys": [\#(Self.key.jwk)]}"#)
            case "/token":
                guard request.body.contains("assertion=") else { return .init(status: 400) }
                return .init(status: 200, body: #"{"access_token": "at-\#(state.accessToken)", "expires_in": 3599}"#)
            default: break
            }
            guard request.headers.first(name: "Authorization") == "Bearer at-\(state.accessToken)" else {
                return .init(status: 401, body: "{}")
            }
            let token = String(path.split(separator: "/").last ?? "")
            if token.hasSuffix(":acknowledge"), request.method == "POST" {
                if let failure = state.acknowledgementFailure { return .init(status: failure) }
                if state.refusedAcknowledgements.contains(String(token.dropLast(12))) { return .init(status: 400) }
                state.purchases[String(token.dropLast(12))]?.isAcknowledged = true
                return .init(status: 200, body: "")
            }
            if let failure = state.failure { return .init(status: failure) }
            if token == "voidedpurchases" { return .init(status: 200, body: state.page(request.target)) }
            guard let purchase = state.purchases[token] else { return .init(status: 404, body: "{}") }
            return .init(status: 200, body: purchase.json)
        }
    }

    /// A push token; each argument is what a forger may change.
    static func pushToken(
        key: SigningKey = GoogleWorld.key.signing,
        keyID: String? = GoogleWorld.keyID,
        issuer: String = "https://accounts.google.com",
        audience: String = GoogleWorld.audience,
        email: String? = GoogleWorld.account,
        isVerified: Bool? = true,
        issued: Int64 = StripeMaterial.time,
        lifetime: Int64 = 3600
    ) throws -> String {
        struct Claims: Encodable {
            let iss: String
            let aud: String
            let email: String?
            let email_verified: Bool?
            let iat: Int64
            let exp: Int64
            let sub = "108"
        }
        let claims = Claims(
            iss: issuer,
            aud: audience,
            email: email,
            email_verified: isVerified,
            iat: issued,
            exp: issued + lifetime
        )
        return try key.sign(claims, keyID: keyID)
    }

    /// What Pub/Sub posts.
    static func push(
        _ token: String,
        type: Int = 4,
        id: String,
        package: String = GoogleWorld.package,
        subscription: String = GoogleWorld.subscription,
        at: Int64 = StripeMaterial.time
    ) -> [UInt8] {
        envelope(
            """
            {"version": "1.0", "packageName": "\(package)", "eventTimeMillis": "\(at * 1000)",
                "subscriptionNotification": {"version": "1.0", "notificationType": \(type),
                    "purchaseToken": "\(token)"}}
            """,
            id: id,
            subscription: subscription
        )
    }

    static func envelope(_ data: String, id: String, subscription: String = GoogleWorld.subscription) -> [UInt8] {
        Array(
            """
            {"message": {"data": "\(Base64.encode(Array(data.utf8)))", "messageId": "\(id)", "message_id": "\(id)",
                "publishTime": "2023-11-14T22:13:20Z"}, "subscription": "\(subscription)", "deliveryAttempt": 1}
            """.utf8
        )
    }
}

extension GoogleWorld.State {
    fileprivate func page(_ target: String) -> String {
        let number = target.split(separator: "&").first { $0.hasPrefix("token=") }.flatMap { Int($0.dropFirst(6)) } ?? 0
        guard number < voided.count else { return "{}" }
        let next = number + 1 < voided.count ? #","tokenPagination":{"nextPageToken":"\#(number + 1)"}"# : ""
        return """
            {"voidedPurchases":[{"kind":"androidpublisher#voidedPurchase","purchaseToken":"\(voided[number])",
            "purchaseTimeMillis":"1700000000000","voidedTimeMillis":"1700000050000","orderId":"GPA.3345"}]\(next)}
            """
    }
}

extension GoogleWorld.Purchase {
    fileprivate var json: String {
        var fields = [
            #""kind": "androidpublisher#subscriptionPurchaseV2""#, #""startTime": "2023-11-14T22:13:20Z""#,
            #""regionCode": "FR""#, #""subscriptionState": "SUBSCRIPTION_STATE_\#(state)""#,
            #""latestOrderId": "GPA.3345-1234-5678-90123""#,
            #""acknowledgementState": "ACKNOWLEDGEMENT_STATE_\#(isAcknowledged ? "ACKNOWLEDGED" : "PENDING")""#,
            """
            "lineItems": [\(moreItems){"productId": "\(product)", "expiryTime": "\(expiry)",
                "autoRenewingPlan": {"autoRenewEnabled": true}, "offerDetails": {"basePlanId": "monthly"}}]
            """,
            // What must never be kept.
            """
            "subscribeWithGoogleInfo": {"emailAddress": "payer@example.org", "givenName": "Ada",
                "familyName": "Payer", "profileName": "Ada Payer"}
            """,
        ]
        if isTest { fields.append(#""testPurchase": {}"#) }
        if let linked { fields.append(#""linkedPurchaseToken": "\#(linked)""#) }
        if let expiredOutOfApp {
            fields.append(#""outOfAppPurchaseContext": {"expiredPurchaseToken": "\#(expiredOutOfApp)"}"#)
        }
        if let account {
            fields.append(#""externalAccountIdentifiers": {"obfuscatedExternalAccountId": "\#(account)"}"#)
        }
        return "{\(fields.joined(separator: ", "))}"
    }
}
