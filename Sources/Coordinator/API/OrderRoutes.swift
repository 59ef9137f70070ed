import Cryptography
import Billing
import DaemonRuntime
import HTTPTypes
import Hummingbird
import Model
import Store

/// Orders and claims: how an app that knows no e-mail address comes to its subscription token.
///
/// The app keeps a 32-byte secret and registers only its SHA-256. Whoever pays, only who knows the secret can claim.
struct OrderRoutes: Sendable {
    let desk: OrderDesk

    func add(to group: RouterGroup<CustomerContext>) {
        group.post("orders", use: register)
        group.post("subscription-tokens", use: claim)
    }

    private struct OrderBody: RequestDocument {
        enum CodingKeys: String, CodingKey, CaseIterable { case claim_hash, tier }

        let claim_hash: String
        let tier: String
    }

    private struct OrderResource: Encodable {
        let id: String
        let tier: String
        let client_reference_id: String
        let checkout_url: String?
        let expires_at: String
    }

    @Sendable private func register(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let body = try await RequestBody.decode(OrderBody.self, from: request)
        let hash = try bytes(body.claim_hash, "claim_hash")
        let receipt = try await desk.register(claimHash: hash, tier: body.tier)
        let resource = OrderResource(
            id: "\(receipt.order.id)",
            tier: receipt.order.tier.text,
            client_reference_id: Hexadecimal.encode(hash),
            checkout_url: receipt.checkoutURL,
            expires_at: "\(receipt.order.expiresAt)"
        )
        return try JSONResponse.make(resource, status: receipt.isNew ? .created : .ok)
    }

    private struct ClaimBody: RequestDocument {
        enum CodingKeys: String, CodingKey, CaseIterable { case claim_secret }

        let claim_secret: String
    }

    @Sendable private func claim(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let body = try await RequestBody.decode(ClaimBody.self, from: request)
        let secret = try bytes(body.claim_secret, "claim_secret")
        // What is stored says no more of the secret than the order does.
        let meaning = Hexadecimal.encode(SHA256.hash(secret))
        let key = try request.headers.idempotencyKey(for: "POST /v1/subscription-tokens", meaning)
        return try TokenResource.response(try await desk.claim(secret: Secret(secret), key: key))
    }

    private func bytes(_ text: String, _ field: String) throws -> [UInt8] {
        guard let bytes = Hexadecimal.decode(text), bytes.count == 32 else {
            throw Problem.malformedField(field, "It must be 64 hexadecimal digits.")
        }
        return bytes
    }
}
