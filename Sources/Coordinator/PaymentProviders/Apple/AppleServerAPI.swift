import AsyncHTTPClient
import FoundationEssentials
import JOSE
import Model
import NIOCore
import NIOHTTP1
import OutboundHTTP

/// What is asked of the App Store Server API (developer.apple.com/documentation/appstoreserverapi).
public struct AppleServerAPI: Sendable {
    public static let production = "https://api.storekit.itunes.apple.com"
    public static let sandbox = "https://api.storekit-sandbox.itunes.apple.com"

    private static let audience = "appstoreconnect-v1"
    /// Apple takes tokens of an hour; what is used once needs no more than minutes.
    private static let tokenLifetime_s: Int64 = 240

    /// An In-App Purchase key of App Store Connect.
    public struct Credentials: Sendable {
        let key: SigningKey
        let keyID: String
        let issuerID: String

        /// - Parameter key: the `.p8` file's text.
        public init(key: Secret<String>, keyID: String, issuerID: String) throws(MalformedSigningKey) {
            self.key = try SigningKey(pem: key, for: .es256)
            self.keyID = keyID
            self.issuerID = issuerID
        }
    }

    private let base: String
    private let bundleID: String
    private let credentials: Credentials
    private let service: WebService
    private let clock: @Sendable () -> Timestamp

    /// - Parameter base: without a slash at the end.
    public init(
        base: String,
        bundleID: String,
        credentials: Credentials,
        timeout: Duration = .seconds(10),
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.bundleID = bundleID
        self.credentials = credentials
        // A page of notifications is 20 of them, of some 20 KB each.
        service = WebService(timeout: timeout, answerByteCountMax: 4 << 20)
        self.clock = clock
    }

    /// Get All Subscription Statuses: the last transaction and renewal of each subscription of a customer's, signed.
    ///
    /// - Returns: nil when Apple does not know the transaction.
    func statuses(of originalTransaction: String) async throws(AppleAPIError) -> AppleStatuses? {
        let path = "/inApps/v1/subscriptions/\(FormBody.escape(originalTransaction))"
        let answer = try await send(HTTPClientRequest(url: base + path))
        if answer.status == 404, let code = Self.errorCode(answer.body), Self.isUnknownTransaction(code) { return nil }
        return try decode(answer)
    }

    /// Get Notification History: those that did not reach us.
    ///
    /// - Parameter page: the token that the page before has named.
    func undeliveredNotifications(
        since: Timestamp,
        until: Timestamp,
        page: String?
    ) async throws(AppleAPIError) -> AppleNotificationHistory {
        struct Question: Encodable {
            let startDate: Int64
            let endDate: Int64
            let onlyFailures = true
        }
        let question = Question(startDate: since.microseconds / 1000, endDate: until.microseconds / 1000)
        let query = page.map { "?paginationToken=\(FormBody.escape($0))" } ?? ""
        var request = HTTPClientRequest(url: "\(base)/inApps/v1/notifications/history\(query)")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        // Three numbers and a truth value: there is nothing that could not be encoded.
        request.body = .bytes(ByteBuffer(bytes: (try? JSONEncoder().encode(question)) ?? Data()))
        return try decode(try await send(request))
    }

    private func send(_ request: HTTPClientRequest) async throws(AppleAPIError) -> WebAnswer {
        var request = request
        request.headers.add(name: "Authorization", value: "Bearer \(try token())")
        request.headers.add(name: "User-Agent", value: "holdfast")
        do throws(WebServiceError) {
            return try await service.sendPersistently(request)
        } catch {
            throw error == .large ? .malformedAnswer : .unreachable
        }
    }

    private func token() throws(AppleAPIError) -> String {
        struct Claims: Encodable {
            let iss: String
            let iat: Int64
            let exp: Int64
            let aud: String
            let bid: String
        }
        let now = clock().seconds
        let claims = Claims(
            iss: credentials.issuerID,
            iat: now,
            exp: now + Self.tokenLifetime_s,
            aud: Self.audience,
            bid: bundleID
        )
        do {
            return try credentials.key.sign(claims, keyID: credentials.keyID)
        } catch {
            throw .status(401)
        }
    }

    private func decode<Answer: Decodable>(_ answer: WebAnswer) throws(AppleAPIError) -> Answer {
        guard answer.isSuccess else { throw .status(answer.status) }
        guard JSONDepth.isAtMost(JSONLimits.depthMax, answer.body),
            let document = try? JSONDecoder().decode(Answer.self, from: Data(answer.body))
        else { throw .malformedAnswer }
        return document
    }

    private static func errorCode(_ body: [UInt8]) -> Int? {
        struct Document: Decodable {
            let errorCode: Int
        }
        return try? JSONDecoder().decode(Document.self, from: Data(body)).errorCode
    }

    /// OriginalTransactionIdNotFoundError and TransactionIdNotFoundError. Other 404s are about the app or the account, or
    /// ask for patience.
    private static func isUnknownTransaction(_ code: Int) -> Bool { code == 4_040_005 || code == 4_040_010 }
}
