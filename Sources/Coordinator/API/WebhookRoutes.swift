import DaemonRuntime
import HTTPTypes
import Hummingbird
import PaymentProviders

/// `/webhooks/stripe`: verified and stored before it is answered; a worker does the rest.
struct WebhookRoutes: Sendable {
    /// Stripe's events are a few kilobytes; 512 KiB leaves room for subscriptions of many items.
    private static let byteCountMax = 512 << 10

    let stripe: WebhookReceiver?

    func add(to router: Router<CustomerContext>) {
        router.post("webhooks/stripe", use: receive)
    }

    @Sendable private func receive(_ request: Request, _ context: CustomerContext) async throws -> Response {
        guard let stripe else { throw Problem.notFound }
        let body = try await RequestBody.collect(request, limit: Self.byteCountMax)
        guard let name = HTTPField.Name("Stripe-Signature"), let signature = request.headers[name] else {
            throw Problem.badSignature
        }
        switch await stripe.receive(header: signature, body: body, now: SystemClock.now()) {
        case .badSignature: throw Problem.badSignature
        case .unavailable: throw Problem.unavailable
        default: return try JSONResponse.make([String: String]())
        }
    }
}
