import Billing
import DaemonRuntime
import HTTPTypes
import Hummingbird
import PaymentProviders

/// `/webhooks/stripe`, `/webhooks/apple` and `/webhooks/google`: verified and stored before they are answered; a worker does the rest.
struct WebhookRoutes: Sendable {
    /// The stores' events are a few kilobytes; 512 KiB leaves room for subscriptions of many items.
    private static let byteCountMax = 512 << 10

    let receivers: StoreReceivers
    let counts: WebhookCounts

    func add(to router: Router<CustomerContext>) {
        router.post("webhooks/stripe", use: receiveStripe)
        router.post("webhooks/apple", use: receiveApple)
        router.post("webhooks/google", use: receiveGoogle)
    }

    @Sendable private func receiveStripe(_ request: Request, _ context: CustomerContext) async throws -> Response {
        guard let stripe = receivers.stripe else { throw Problem.notFound }
        let body = try await RequestBody.collect(request, limit: Self.byteCountMax)
        guard let name = HTTPField.Name("Stripe-Signature"), let signature = request.headers[name] else {
            throw Problem.badSignature
        }
        let answer = await stripe.receive(header: signature, body: body, now: SystemClock.now())
        return try respond(answer, of: .stripe, refusal: .badSignature)
    }

    @Sendable private func receiveApple(_ request: Request, _ context: CustomerContext) async throws -> Response {
        guard let apple = receivers.apple else { throw Problem.notFound }
        let body = try await RequestBody.collect(request, limit: Self.byteCountMax)
        let answer = await apple.receive(body: body, now: SystemClock.now())
        return try respond(answer, of: .apple, refusal: .badSignature)
    }

    @Sendable private func receiveGoogle(_ request: Request, _ context: CustomerContext) async throws -> Response {
        guard let google = receivers.google else { throw Problem.notFound }
        let body = try await RequestBody.collect(request, limit: Self.byteCountMax)
        guard let token = request.headers.bearerCredentials else { throw Problem.badPushToken }
        let answer = await google.receive(token: String(token), body: body, now: SystemClock.now())
        return try respond(answer, of: .google, refusal: .badPushToken)
    }

    private func respond(
        _ answer: WebhookAnswer,
        of provider: PaymentProvider,
        refusal: Problem
    ) throws -> Response {
        counts.count(answer, of: provider)
        switch answer {
        case .badSignature: throw refusal
        case .unreadable: throw Problem.unreadableEvent
        case .needsKey: throw Problem.eventNeedsKey
        case .unavailable: throw Problem.unavailable
        case .ok, .duplicate, .ignored: return try JSONResponse.make([String: String]())
        }
    }
}
