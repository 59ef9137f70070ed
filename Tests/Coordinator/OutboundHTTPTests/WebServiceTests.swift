import AsyncHTTPClient
import NIOHTTP1
import OutboundHTTP
import StandInServer
import Testing

@Suite(.timeLimit(.minutes(10)))
struct WebServiceTests {
    private let hurried = WebService(timeout: .milliseconds(500), answerByteCountMax: 10)
    private let patient = WebService(timeout: .seconds(30), answerByteCountMax: 10)

    @Test(arguments: [StandInServer.Answer.Hang.beforeHead, .inBody])
    func `a service that hangs is given up, wherever it hangs`(hang: StandInServer.Answer.Hang) async throws {
        try await StandInServer.run { _, _ in
            .init(status: 200, body: "{", hang: hang)
        } _: { server, base in
            await #expect(throws: WebServiceError.late) { try await hurried.send(HTTPClientRequest(url: base)) }
            #expect(server.requests.count == 1)
        }
    }

    @Test func `an answer has its size`() async throws {
        try await StandInServer.run { request, _ in
            .init(status: 200, body: String(repeating: "x", count: request.target == "/ten" ? 10 : 11))
        } _: { _, base in
            let ten = try await patient.send(HTTPClientRequest(url: base + "/ten"))
            #expect(ten.body.count == 10)
            await #expect(throws: WebServiceError.large) {
                try await patient.send(HTTPClientRequest(url: base + "/eleven"))
            }
        }
    }

    @Test func `a redirection is an answer like any other`() async throws {
        try await StandInServer.run { _, _ in
            .init(status: 307, headers: ["Location": "/elsewhere"])
        } _: { server, base in
            let answer = try await patient.send(HTTPClientRequest(url: base))
            #expect(answer.status == 307)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `what may pass is asked three times, and the last answer stands`() async throws {
        try await StandInServer.run { _, _ in
            .init(status: 503)
        } _: { server, base in
            let answer = try await patient.sendPersistently(HTTPClientRequest(url: base))
            #expect(answer.status == 503)
            #expect(server.requests.count == 3)
        }
    }

    @Test func `a service that is not there says so`() async throws {
        do throws(WebServiceError) {
            // Port 1 of the loopback: nobody listens.
            _ = try await patient.send(HTTPClientRequest(url: "http://127.0.0.1:1"))
            Issue.record("it answered")
        } catch {
            guard case .unreachable = error else { throw error }
        }
    }

    @Test func `whoever is told to stop does not wait for an answer`() async throws {
        try await StandInServer.run { _, _ in
            .init(status: 200, hang: .beforeHead)
        } _: { server, base in
            let asking = Task { try await patient.sendPersistently(HTTPClientRequest(url: base)) }
            while server.requests.isEmpty { await Task.yield() }
            asking.cancel()
            let result = await asking.result
            #expect(throws: WebServiceError.stopped) { try result.get() }
        }
    }
}
