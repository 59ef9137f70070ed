import AsyncHTTPClient
import FoundationEssentials
import Model
import NIOCore
import NIOHTTP1
import OutboundHTTP

/// What is asked of the Google Play Developer API (androidpublisher v3).
public struct GoogleAPI: Sendable {
    private let access: GoogleAccess
    private let service: WebService
    private let base: String
    private var inquiry: SharedInquiry?

    /// - Parameters:
    ///   - base: such as `https://androidpublisher.googleapis.com`, without a slash at the end.
    ///   - package: the app's name, such as `org.example.vpn`.
    public init(
        base: String = "https://androidpublisher.googleapis.com",
        package: String,
        account: GoogleServiceAccount,
        timeout: Duration = .seconds(10),
        clock: @escaping @Sendable () -> Timestamp
    ) {
        access = GoogleAccess(account: account, timeout: timeout, clock: clock)
        service = WebService(timeout: timeout)
        let base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.base = "\(base)/androidpublisher/v3/applications/\(package)"
    }

    /// The same, which asks for each object once.
    func sharing(_ inquiry: SharedInquiry) -> Self {
        var copy = self
        copy.inquiry = inquiry
        return copy
    }

    /// `purchases.subscriptionsv2.get`: the whole truth about a purchase.
    ///
    /// - Returns: nil for a token that Google does not know, or no longer: it forgets one 60 days after its end.
    func subscription(_ token: PurchaseToken) async throws(GoogleAPIError) -> GoogleSubscription? {
        let answer = try await authorized(
            HTTPClientRequest(url: "\(base)/purchases/subscriptionsv2/tokens/\(token.text)")
        )
        if answer.status == 404 || answer.status == 410 { return nil }
        guard answer.isSuccess else { throw .status(answer.status) }
        guard JSONLimits.allow(answer.body),
            let subscription = try? JSONDecoder().decode(GoogleSubscription.self, from: Data(answer.body))
        else { throw .malformedAnswer }
        return subscription
    }

    /// `purchases.voidedpurchases.list`, subscriptions included: refunds, chargebacks and revocations.
    ///
    /// - Parameters:
    ///   - since: at most 30 days back.
    ///   - page: the token that the page before has named.
    func voidedPurchases(since: Timestamp, page: String?) async throws(GoogleAPIError) -> GoogleVoidedPurchases {
        var query = [("type", "1"), ("maxResults", "500"), ("startTime", "\(since.microseconds / 1000)")]
        if let page { query.append(("token", page)) }
        let answer = try await authorized(
            HTTPClientRequest(url: "\(base)/purchases/voidedpurchases?\(FormBody.encode(query))")
        )
        guard answer.isSuccess else { throw .status(answer.status) }
        guard JSONLimits.allow(answer.body),
            let purchases = try? JSONDecoder().decode(GoogleVoidedPurchases.self, from: Data(answer.body))
        else { throw .malformedAnswer }
        return purchases
    }

    /// `purchases.subscriptions.acknowledge`. What nobody acknowledges within three days, Google refunds. May be asked
    /// again.
    func acknowledge(_ token: PurchaseToken, product: String) async throws(GoogleAPIError) {
        let product = FormBody.escape(product)
        var request = HTTPClientRequest(
            url: "\(base)/purchases/subscriptions/\(product)/tokens/\(token.text):acknowledge"
        )
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: "{}"))
        let answer = try await authorized(request)
        guard answer.isSuccess else { throw .status(answer.status) }
    }

    private func authorized(_ request: HTTPClientRequest) async throws(GoogleAPIError) -> WebAnswer {
        guard request.method == .GET, let inquiry else { return try await authorizedOnce(request) }
        if let kept = inquiry.answer(to: request.url) { return kept }
        let answer = try await authorizedOnce(request)
        inquiry.keep(answer, to: request.url)
        return answer
    }

    /// Asks with an access token, and once more with a new one when it was refused.
    private func authorizedOnce(_ request: HTTPClientRequest) async throws(GoogleAPIError) -> WebAnswer {
        let first = try await access.token()
        let answer = try await send(request, with: first)
        guard answer.status == 401 else { return answer }
        await access.forget(first)
        return try await send(request, with: try await access.token())
    }

    private func send(
        _ request: HTTPClientRequest,
        with token: Secret<String>
    ) async throws(GoogleAPIError) -> WebAnswer {
        var request = request
        request.headers.add(name: "Authorization", value: "Bearer \(token.reveal())")
        request.headers.add(name: "User-Agent", value: "holdfast")
        return try await Self.send(request, over: service)
    }

    static func send(
        _ request: HTTPClientRequest,
        over service: WebService
    ) async throws(GoogleAPIError) -> WebAnswer {
        do throws(WebServiceError) {
            return try await service.sendPersistently(request)
        } catch {
            throw error == .large ? .malformedAnswer : .unreachable
        }
    }
}
