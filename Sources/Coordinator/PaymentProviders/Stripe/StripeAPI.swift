import AsyncHTTPClient
import FoundationEssentials
import Model
import NIOCore
import NIOHTTP1
import OutboundHTTP

/// What is asked of Stripe, with a restricted key: subscriptions, invoices and their payments, charges, refunds and
/// disputes to read, checkout sessions to read and write.
public struct StripeAPI: Sendable {
    /// The version that answers are asked in; older shapes are understood as well.
    private static let version = "2025-03-31.basil"

    private let service: WebService
    /// For pages of a hundred objects, each of which holds many lines at worst.
    private let listService: WebService
    private let base: String
    private let key: Secret<String>
    private var inquiry: SharedInquiry?

    /// - Parameter base: such as `https://api.stripe.com`, without a slash at the end.
    public init(
        base: String = "https://api.stripe.com",
        key: Secret<String>,
        timeout: Duration = .seconds(10)
    ) {
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.key = key
        service = WebService(timeout: timeout)
        listService = WebService(timeout: timeout, answerByteCountMax: 16 << 20)
    }

    /// The same, which asks for each object once.
    func sharing(_ inquiry: SharedInquiry) -> Self {
        var copy = self
        copy.inquiry = inquiry
        return copy
    }

    func subscription(_ id: StripeID) async throws(StripeAPIError) -> StripeSubscription {
        try await get("/v1/subscriptions/\(id.text)", [("expand[]", "latest_invoice")])
    }

    func charge(_ id: StripeID) async throws(StripeAPIError) -> StripeCharge {
        try await get("/v1/charges/\(id.text)", [])
    }

    func dispute(_ id: StripeID) async throws(StripeAPIError) -> StripeDispute {
        try await get("/v1/disputes/\(id.text)", [])
    }

    func invoice(_ id: StripeID) async throws(StripeAPIError) -> StripeInvoice {
        try await get("/v1/invoices/\(id.text)", [])
    }

    func session(_ id: StripeID) async throws(StripeAPIError) -> StripeCheckoutSession {
        try await get("/v1/checkout/sessions/\(id.text)", [])
    }

    func refund(_ id: StripeID) async throws(StripeAPIError) -> StripeDispute {
        try await get("/v1/refunds/\(id.text)", [])
    }

    /// Makes the page on which an order is paid.
    ///
    /// - Parameters:
    ///   - claimHash: comes back as `client_reference_id`; 32 bytes.
    ///   - successURL, cancelURL: where the payer goes then.
    /// - Returns: the page's URL.
    public func createCheckoutSession(
        order: OrderID,
        claimHash: [UInt8],
        price: String,
        successURL: String,
        cancelURL: String
    ) async throws(StripeAPIError) -> String {
        let fields = [
            ("mode", "subscription"), ("client_reference_id", Hexadecimal.encode(claimHash)),
            ("line_items[0][price]", price), ("line_items[0][quantity]", "1"), ("success_url", successURL),
            ("cancel_url", cancelURL),
        ]
        var request = HTTPClientRequest(url: base + "/v1/checkout/sessions")
        request.method = .POST
        // Asking again, here or after a crash, gives the same session.
        request.headers.add(name: "Idempotency-Key", value: "order-\(order)-\(price)")
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(ByteBuffer(string: FormBody.encode(fields)))
        let session: StripeCheckoutSession = try await send(request, over: service)
        guard let url = session.url else { throw .malformedAnswer }
        return url
    }

    func get<Answer: Decodable>(
        _ path: String,
        _ query: [(String, String)],
        isList: Bool = false
    ) async throws(StripeAPIError) -> Answer {
        let query = query.isEmpty ? "" : "?" + FormBody.encode(query)
        let url = base + path + query
        if let kept = inquiry?.answer(to: url) { return try Self.decode(kept) }
        let answer = try await exchange(HTTPClientRequest(url: url), over: isList ? listService : service)
        inquiry?.keep(answer, to: url)
        return try Self.decode(answer)
    }

    private func send<Answer: Decodable>(
        _ request: HTTPClientRequest,
        over service: WebService
    ) async throws(StripeAPIError) -> Answer {
        try Self.decode(try await exchange(request, over: service))
    }

    private func exchange(
        _ request: HTTPClientRequest,
        over service: WebService
    ) async throws(StripeAPIError) -> WebAnswer {
        var request = request
        request.headers.add(name: "Authorization", value: "Bearer " + key.reveal())
        request.headers.add(name: "Stripe-Version", value: Self.version)
        request.headers.add(name: "User-Agent", value: "holdfast")
        do throws(WebServiceError) {
            return try await service.sendPersistently(request)
        } catch .large {
            throw .malformedAnswer
        } catch {
            throw .unreachable
        }
    }

    private static func decode<Answer: Decodable>(_ answer: WebAnswer) throws(StripeAPIError) -> Answer {
        guard answer.isSuccess else { throw .status(answer.status) }
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(answer.body))
        } catch {
            throw .malformedAnswer
        }
    }
}
