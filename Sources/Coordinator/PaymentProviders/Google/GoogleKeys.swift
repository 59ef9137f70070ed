import AsyncHTTPClient
import JOSE
import Model
import OutboundHTTP

/// The keys that Google signs with, fetched when they are needed. One that is not known is asked for once: whoever makes
/// keys up must not make us ask Google all day.
actor GoogleKeys {
    /// Google changes its keys every few days, and publishes them a day before.
    private static let lifetime: Duration = .seconds(6 * 3600)
    /// Between two fetches, whatever is asked for.
    private static let pause: Duration = .seconds(60)

    private let service = WebService(timeout: .seconds(10), answerByteCountMax: 256 << 10)
    private let address: String
    private var set: JSONWebKeySet?
    private var fetchedAt: ContinuousClock.Instant?
    private var triedAt: ContinuousClock.Instant?

    /// - Parameter address: of the key set, such as `https://www.googleapis.com/oauth2/v3/certs`.
    init(address: String) {
        self.address = address
    }

    /// Nil when Google does not publish a key of this id.
    ///
    /// - Throws: `GoogleKeysUnavailable` when there is no answer and no set of an earlier one.
    func key(_ id: String, now: ContinuousClock.Instant = .now) async throws(GoogleKeysUnavailable)
        -> VerificationKey?
    {
        let isFresh = fetchedAt.map { $0.duration(to: now) < Self.lifetime } ?? false
        if isFresh, let key = set?[id] { return key }
        let mayFetch = triedAt.map { $0.duration(to: now) >= Self.pause } ?? true
        if mayFetch {
            triedAt = now
            if let fetched = await fetch() {
                set = fetched
                fetchedAt = now
            } else {
                // The next one need not wait: nothing was learned.
                triedAt = nil
            }
        }
        guard let set else { throw GoogleKeysUnavailable() }
        return set[id]
    }

    private func fetch() async -> JSONWebKeySet? {
        guard let answer = try? await service.send(HTTPClientRequest(url: address)), answer.isSuccess else {
            return nil
        }
        return try? JSONWebKeySet(json: answer.body)
    }
}

/// Google's keys cannot be had: the push has to be sent again.
struct GoogleKeysUnavailable: Error, Hashable, Sendable {}
