import HTTPTypes
import Hummingbird
import PaymentProviders
import Store

/// `POST /v1/claims/apple` and `/v1/claims/google`: a purchase that the device can prove becomes a subscription token.
struct ClaimRoutes: Sendable {
    /// A signed text of the App Store's carries its certificates: some 10 KB, and there may be two.
    private static let byteCountMax = 64 << 10

    let claims: StoreClaims

    func add(to group: RouterGroup<CustomerContext>) {
        group.post("claims/apple", use: claimApple)
        group.post("claims/google", use: claimGoogle)
    }

    private struct AppleBody: RequestDocument {
        enum CodingKeys: String, CodingKey, CaseIterable { case signed_transaction, signed_renewal }

        let signed_transaction: String
        let signed_renewal: String?
    }

    @Sendable private func claimApple(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let body = try await RequestBody.decode(AppleBody.self, from: request, limit: Self.byteCountMax)
        let key = try request.headers.idempotencyKey(
            for: "POST /v1/claims/apple",
            body.signed_transaction,
            body.signed_renewal ?? ""
        )
        return try await respond { () async throws(ProofRefusal) in
            guard let apple = claims.apple else { throw .unavailable }
            return try await apple.claim(transaction: body.signed_transaction, renewal: body.signed_renewal, key: key)
        }
    }

    private struct GoogleBody: RequestDocument {
        enum CodingKeys: String, CodingKey, CaseIterable { case purchase_token, product_id }

        let purchase_token: String
        let product_id: String?
    }

    @Sendable private func claimGoogle(_ request: Request, _ context: CustomerContext) async throws -> Response {
        let body = try await RequestBody.decode(GoogleBody.self, from: request)
        let key = try request.headers.idempotencyKey(
            for: "POST /v1/claims/google",
            body.purchase_token,
            body.product_id ?? ""
        )
        return try await respond { () async throws(ProofRefusal) in
            guard let google = claims.google else { throw .unavailable }
            return try await google.claim(token: body.purchase_token, product: body.product_id, key: key)
        }
    }

    private func respond(_ claim: () async throws(ProofRefusal) -> ClaimedToken) async throws -> Response {
        let claimed: ClaimedToken
        do throws(ProofRefusal) {
            claimed = try await claim()
        } catch {
            throw Problem(error)
        }
        return try TokenResource.response(claimed)
    }
}

extension Problem {
    init(_ refusal: ProofRefusal) {
        switch refusal {
        case .invalid:
            self.init(
                .unprocessableContent,
                "invalid-proof",
                title: "This proves no purchase of a subscription that is sold here",
                detail: "Ask the store on the device for its current purchases, and post what it gives."
            )
        case .testPurchase:
            self.init(
                .unprocessableContent,
                "test-purchase-refused",
                title: "This is a test purchase, and none are taken here",
                detail: "Post it to the coordinator that serves test purchases."
            )
        case .testPurchasesFull:
            self.init(
                .serviceUnavailable,
                "test-purchases-full",
                title: "As many test purchases have access as may at once",
                detail: "Try again when one of them has ended.",
                retryAfter: .seconds(600)
            )
        case .pending:
            self.init(
                .conflict,
                "payment-pending",
                title: "The payment has not arrived yet",
                detail: "Ask again once the store has it.",
                retryAfter: .seconds(10)
            )
        case .unavailable:
            self.init(
                .serviceUnavailable,
                "proof-not-checked",
                title: "The purchase cannot be checked at the moment",
                detail: "Nothing is wrong with it, as far as is known. Try again later.",
                retryAfter: .seconds(30)
            )
        case .idempotencyKeyReused: self = .idempotencyKeyReused
        case .limited(let wait):
            self.init(
                .tooManyRequests,
                "too-many-claims",
                title: "This purchase was claimed too often",
                detail: "The token that was given last is good.",
                retryAfter: wait + .seconds(1)
            )
        }
    }
}
