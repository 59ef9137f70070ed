import HTTPTypes
import Model
import PaymentProviders
import Testing

@testable import API

/// How an app that posts a proof of purchase is answered; what a proof is worth is told by the providers' own tests.
@Suite(.timeLimit(.minutes(10)))
struct ClaimRouteTests {
    @Test(arguments: [("apple", "signed_transaction"), ("google", "purchase_token")])
    func `where a store is not set up, its proofs can come again`(store: String, field: String) async throws {
        try await APIFixture.with { fixture in
            let answer = try await fixture.post("/v1/claims/\(store)", [field: "a.b.c"], token: nil)
            #expect(answer.status == 503 && answer.problem == "proof-not-checked")
            #expect(answer.headers[.retryAfter] != nil)
            #expect(answer.headers[.cacheControl] == "no-store")
        }
    }

    @Test(arguments: ["apple", "google"])
    func `a body without a proof is refused`(store: String) async throws {
        try await APIFixture.with { fixture in
            let answer = try await fixture.post("/v1/claims/\(store)", [:], token: nil)
            #expect(answer.status == 400 && answer.problem == "malformed-json")
        }
    }

    /// Two signed texts with their certificates, and not much more.
    @Test func `a proof has the length of one`() async throws {
        try await APIFixture.with { fixture in
            for (count, status) in [(40 << 10, 503), (65 << 10, 413)] {
                let text = String(repeating: "a", count: count)
                let answer = try await fixture.post("/v1/claims/apple", ["signed_transaction": text], token: nil)
                #expect(answer.status == status)
            }
        }
    }

    private static let refusals: [(ProofRefusal, Int, String, String?)] = [
        (.invalid, 422, "invalid-proof", nil), (.pending, 409, "payment-pending", "10"),
        (.unavailable, 503, "proof-not-checked", "30"), (.testPurchase, 422, "test-purchase-refused", nil),
        (.testPurchasesFull, 503, "test-purchases-full", "600"),
        (.limited(retryAfter: .milliseconds(719_500)), 429, "too-many-claims", "720"),
    ]

    @Test(arguments: refusals.indices)
    func `each refusal has its answer`(index: Int) {
        let (refusal, status, name, wait) = Self.refusals[index]
        let problem = Problem(refusal)
        #expect(problem.status.code == status && problem.name == name)
        #expect(problem.retryAfter.map { "\($0.components.seconds)" } == wait)
    }
}
