import Cryptography
import Model
import NIOHTTP1
import StandInServer
import Testing

@testable import NodeProvider

@Suite(.timeLimit(.minutes(10)))
struct ProviderWebhookTests {
    private static let key = "a key of signatures"
    private let request = NodeRequest(
        id: CapacityRequestID(high: 1, low: 2),
        region: RegionName("fra1")!,
        reason: "30 peers have no place",
        capacity: 100,
        attempt: 1,
        expiresAt: Timestamp(seconds: 1_800_000_000),
        userData: Secret("#cloud-config")
    )

    private func ask(
        _ answer: StandInServer.Answer,
        timeout: Duration = .seconds(30),
        _ check: (StandInServer.Request) -> Void = { _ in }
    ) async throws -> ProviderAnswer {
        try await StandInServer.run(answering: { _, _ in answer }) { server, base in
            let answer = await NodeProvider.webhook(url: "\(base)/nodes", key: Secret(Self.key)).ask(
                request,
                timeout: timeout
            )
            #expect(server.requests.count == 1)
            if let request = server.requests.first { check(request) }
            return answer
        }
    }

    @Test func `the request is posted with a signature of its body`() async throws {
        let answer = try await ask(.init(status: 200, body: #"{"reference": "i-1"}"#)) { request in
            #expect(request.method == "POST")
            let signature = SHA256.authenticate(Array(request.body.utf8), key: Array(Self.key.utf8))
            #expect(request.headers.first(name: "Holdfast-Signature") == "v1=\(Hexadecimal.encode(signature))")
            #expect(request.body.contains(#""region":"fra1""#))
        }
        #expect(answer == .accepted(reference: "i-1"))
    }

    @Test(arguments: [
        (StandInServer.Answer(status: 429, headers: ["Retry-After": "90"]), ProviderAnswer.later(after: .seconds(90))),
        (.init(status: 503), .later(after: nil)),
        (.init(status: 202, body: #"{"retry_after_s": 5}"#), .later(after: .seconds(5))),
        (.init(status: 307, headers: ["Location": "http://127.0.0.1:1/"]), .failed("the provider answered 307")),
        (.init(status: 500, body: "hfj1.secret"), .failed("the provider answered 500")),
        (.init(status: 200, body: "yes"), .failed("the answer is not the JSON that is expected")),
        (
            .init(status: 200, body: String(repeating: "x", count: 70_000)),
            .failed("the answer is larger than 65536 bytes")
        ),
    ])
    func `it may answer as it likes`(answer: StandInServer.Answer, expected: ProviderAnswer) async throws {
        #expect(try await ask(answer) == expected)
    }

    @Test(arguments: [StandInServer.Answer.Hang.beforeHead, .inBody])
    func `one that hangs is given up at the time limit`(hang: StandInServer.Answer.Hang) async throws {
        let answer = try await ask(.init(status: 200, body: "{", hang: hang), timeout: .seconds(1))
        guard case .failed(let reason) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(reason == "no answer within its time")
    }
}
