import AsyncHTTPClient
import FoundationEssentials
import JOSE
import Model
import NIOCore
import NIOHTTP1
import OutboundHTTP

/// The access token that Google Play's API wants (RFC 7523, section 2.1): traded for an assertion that the service
/// account signs, and kept while it is good.
actor GoogleAccess {
    private static let scope = "https://www.googleapis.com/auth/androidpublisher"
    private static let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    private static let assertionLifetime_s: Int64 = 3600
    /// A token is not used in its last minute: it could expire on the way.
    private static let margin: Duration = .seconds(60)

    private let account: GoogleServiceAccount
    private let service: WebService
    private let clock: @Sendable () -> Timestamp
    private var held: (token: Secret<String>, until: Timestamp)?

    init(account: GoogleServiceAccount, timeout: Duration, clock: @escaping @Sendable () -> Timestamp) {
        self.account = account
        service = WebService(timeout: timeout, answerByteCountMax: 64 << 10)
        self.clock = clock
    }

    func token() async throws(GoogleAPIError) -> Secret<String> {
        if let held, clock() < held.until { return held.token }
        let now = clock()
        let answer = try await trade(try assertion(now))
        held = (answer.token, now + answer.lifetime - Self.margin)
        return answer.token
    }

    /// Forgets a token that Google has refused.
    func forget(_ token: Secret<String>) {
        if held?.token == token { held = nil }
    }

    private func assertion(_ now: Timestamp) throws(GoogleAPIError) -> String {
        struct Claims: Encodable {
            let iss: String
            let scope: String
            let aud: String
            let iat: Int64
            let exp: Int64
        }
        let claims = Claims(
            iss: account.email,
            scope: Self.scope,
            aud: account.tokenAddress,
            iat: now.seconds,
            exp: now.seconds + Self.assertionLifetime_s
        )
        do {
            return try account.key.sign(claims, keyID: account.keyID)
        } catch {
            throw .refusedAccount
        }
    }

    private func trade(
        _ assertion: String
    ) async throws(GoogleAPIError) -> (token: Secret<String>, lifetime: Duration) {
        struct Answer: Decodable {
            let access_token: String
            let expires_in: Int64
        }
        var request = HTTPClientRequest(url: account.tokenAddress)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(
            ByteBuffer(string: FormBody.encode([("grant_type", Self.grant), ("assertion", assertion)]))
        )
        let answer = try await GoogleAPI.send(request, over: service)
        if answer.status == 400 || answer.status == 401 { throw .refusedAccount }
        guard answer.isSuccess else { throw .status(answer.status) }
        guard let document = try? JSONDecoder().decode(Answer.self, from: Data(answer.body)),
            (1...86_400).contains(document.expires_in)
        else { throw .malformedAnswer }
        return (Secret(document.access_token), .seconds(document.expires_in))
    }
}
