import Cryptography
import Database
import Foundation
import HTTPTypes
import Model
import Store
import Testing

@testable import API

/// Requests that say more, or something else, than they may.
@Suite(.timeLimit(.minutes(10)))
struct StrictRequestTests {
    private static let id = "11111111-2222-4333-8444-555555555555"

    private static let changes: [(HTTPRequest.Method, String)] = [
        (.post, "/v1/peers"), (.post, "/v1/peers/\(id)/move"), (.delete, "/v1/peers/\(id)"),
        (.post, "/v1/subscription-tokens/rotate"), (.delete, "/v1/subscription-tokens/current"),
        (.delete, "/v1/subscription-tokens"), (.delete, "/v1/account"), (.post, "/v1/orders"),
        (.post, "/v1/subscription-tokens"), (.post, "/v1/claims/apple"), (.post, "/v1/claims/google"),
    ]

    @Test(arguments: changes)
    func `every change refuses a member that it does not know, one that comes twice, and a query`(
        method: HTTPRequest.Method,
        path: String
    ) async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            for body in [#"{"regoin": "fra1"}"#, #"{"regoin": null, "regoin": 1}"#, #"{"reg\u006fin": 1}"#] {
                let answer = try await fixture.send(method, path, body: Data(body.utf8), token: token)
                #expect(answer.status == 422 && answer.problem == "malformed-field", "\(body)")
                #expect(try answer.field("title").contains("'reg"), "\(body)")
            }
            let query = try await fixture.send(method, path + "?region=fra1", token: token)
            #expect(query.status == 422 && query.problem == "malformed-field")
            #expect(try await fixture.send(.get, "/v1/subscription", token: token).status == 200, "nothing was done")
        }
    }

    @Test func `a known member that comes twice is refused, however it is spelled`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let key = WireGuardKeyPair.generate().publicKey.base64
            for second in ["region", #"r\u0065gion"#] {
                let body = #"{"public_key": "\#(key)", "region": "fra1", "\#(second)": "ams1"}"#
                let answer = try await fixture.send(.post, "/v1/peers", body: Data(body.utf8), token: token)
                #expect(try answer.status == 422 && answer.field("detail") == "It must not come twice.")
            }
            let deep = Data((String(repeating: "[", count: 10_000)).utf8)
            #expect(try await fixture.send(.post, "/v1/peers", body: deep, token: token).problem == "malformed-json")
        }
    }

    /// Authorisation, limit, region, and only then the key.
    @Test(arguments: ["inactive", "limit", "unknown region", "region full", "no such region name"])
    func `whoever may not have a peer learns nothing about keys`(situation: String) async throws {
        try await APIFixture.with(nodeCapacity: 3) { fixture in
            let owner = try await fixture.token()
            let used = WireGuardKeyPair.generate().publicKey.base64
            _ = try await fixture.post("/v1/peers", ["public_key": used, "region": "fra1"], token: owner)
            let token = try await fixture.token()
            var region = "fra1"
            switch situation {
            case "inactive":
                try await fixture.script("UPDATE subscriptions SET state = 'hold' WHERE tier = 'basic'")
            case "limit":
                for _ in 0..<2 {
                    let body = ["public_key": WireGuardKeyPair.generate().publicKey.base64, "region": "fra1"]
                    #expect(try await fixture.post("/v1/peers", body, token: token).status == 202)
                }
            case "unknown region": region = "ams1"
            case "region full": try await fixture.script("UPDATE nodes SET capacity = 1")
            default: region = "No Region"
            }
            let free = WireGuardKeyPair.generate().publicKey.base64
            var answers: [Answer] = []
            for key in [used, free] {
                answers.append(
                    try await fixture.post("/v1/peers", ["public_key": key, "region": region], token: token)
                )
            }
            #expect(answers[0].status == answers[1].status && answers[0].status >= 400)
            #expect(answers[0].body == answers[1].body)
        }
    }

    @Test func `a configuration is refused by wg until the private key is in its place, and says so`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            let keys = WireGuardKeyPair.generate()
            let made = try await fixture.post(
                "/v1/peers",
                ["public_key": keys.publicKey.base64, "region": "fra1"],
                token: token
            )
            let path = try #require(made.headers[.location])
            let text = String(
                decoding: try await fixture.send(.get, path + "/config", token: token).body,
                as: UTF8.self
            )
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("PrivateKey = ") })
            let value = String(line.dropFirst("PrivateKey = ".count))
            // wg(8) takes 44 characters of base64 there, and else ends with these words in its error.
            #expect(value.utf8.count != 44 && value == ConfigurationText.privateKeyPlaceholder)
            #expect(text.split(separator: "\n").filter { $0.contains("PrivateKey") }.count == 1)
        }
    }

    @Test(arguments: [
        (ClaimRefusal.unknownClaim, 404, "unknown-claim"), (.paymentPending, 409, "payment-pending"),
        (.checkoutExpired, 410, "checkout-expired"), (.paymentFailed, 402, "payment-failed"),
        (.underReview, 409, "payment-under-review"), (.orderExpired, 410, "order-expired"),
        (.idempotencyKeyReused, 422, "idempotency-key-reused"),
    ])
    func `each reason why a claim gives no token has an answer of its own`(
        refusal: ClaimRefusal,
        status: Int,
        name: String
    ) {
        #expect(refusal.problem.status.code == status && refusal.problem.name == name)
    }

    @Test func `final answers of orders have a status that is not asked again`() {
        let problems: [Problem] = [
            .checkoutExpired, .orderExpired, .paymentFailed, .paymentUnderReview, .paymentPending,
        ]
        #expect(problems.map(\.status.code) == [410, 410, 402, 409, 409])
        #expect(problems.map { $0.retryAfter != nil } == [false, false, false, true, true])
        #expect(Set(problems.map(\.name)).count == problems.count)
    }
}
