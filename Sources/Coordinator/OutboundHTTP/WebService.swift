import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Somebody else's service, asked over HTTP within a time and a size. Whoever answers with a redirection is not whom the
/// operator has named, and what is sent is often a secret: it is not followed.
public struct WebService: Sendable {
    /// It lives as long as the process.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        // Whoever asks bounds how much he asks at once; the client's own bound, 8 for each host, would only hide it.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 512
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
    private static let attempts = 3

    private let timeout: Duration
    private let answerByteCountMax: Int

    /// - Parameters:
    ///   - timeout: for a whole exchange, from the look-up of the name to the last byte of the answer.
    ///   - answerByteCountMax: the most that is read of a body.
    public init(timeout: Duration, answerByteCountMax: Int = 1 << 20) {
        self.timeout = timeout
        self.answerByteCountMax = answerByteCountMax
    }

    /// Asks once.
    public func send(_ request: HTTPClientRequest) async throws(WebServiceError) -> WebAnswer {
        let outcome: Result<WebAnswer, WebServiceError> = await withTaskGroup { group in
            group.addTask { await exchange(request) }
            // The client's own time limit ends with the head of the response.
            group.addTask {
                do { try await Task.sleep(for: timeout) } catch { return .failure(.stopped) }
                return .failure(.late)
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failure(.stopped)
        }
        return try outcome.get()
    }

    /// Asks again, after a random pause, while it may pass. The request has to be one that may be made twice.
    ///
    /// - Returns: the last answer, which may be one that may pass.
    public func sendPersistently(_ request: HTTPClientRequest) async throws(WebServiceError) -> WebAnswer {
        for attempt in 1..<Self.attempts {
            do throws(WebServiceError) {
                let answer = try await send(request)
                guard answer.mayPass else { return answer }
            } catch .late, .unreachable {
            } catch {
                throw error
            }
            // Full jitter: up to 0.5 s, then up to 1 s.
            let pause: Duration = .milliseconds(Int.random(in: 0...(250 << attempt)))
            do { try await Task.sleep(for: pause) } catch { throw .stopped }
        }
        return try await send(request)
    }

    private func exchange(_ request: HTTPClientRequest) async -> Result<WebAnswer, WebServiceError> {
        do {
            let answer = try await Self.client.execute(
                request,
                timeout: .nanoseconds(Int64(timeout / .nanoseconds(1)))
            )
            let body = try await answer.body.collect(upTo: answerByteCountMax)
            return .success(
                WebAnswer(
                    status: Int(answer.status.code),
                    headers: answer.headers,
                    body: Array(body.readableBytesView)
                )
            )
        } catch is NIOTooManyBytesError {
            return .failure(.large)
        } catch is CancellationError {
            return .failure(.stopped)
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            return .failure(.late)
        } catch {
            return .failure(.unreachable(WebFailureText.text(error)))
        }
    }
}
