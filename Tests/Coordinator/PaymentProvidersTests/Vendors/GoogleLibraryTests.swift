import Crypto
import CryptoExtras
import Foundation
import JOSE
import Model
import StandInServer
import Testing

@testable import PaymentProviders

/// Beside Google's own library.
@Suite(.timeLimit(.minutes(10))) struct GoogleLibraryTests {
    private struct Claims: Codable {
        var iss = "https://accounts.google.com"
        var aud = GoogleWorld.audience
        var email: String? = GoogleWorld.account
        var email_verified: Bool? = true
        var iat: Int64
        var exp: Int64
        var sub = "108"
    }

    private struct Question: Encodable {
        var `private` = GoogleWorld.key.pem
        var `public` = GoogleLibraryTests.publicKey
        var key_id = GoogleWorld.keyID
        var email = GoogleLibraryTests.email
        let token_uri: String
        var scope = "https://www.googleapis.com/auth/androidpublisher"
        var audience = GoogleWorld.audience
        let claims: [Claims]
        let tokens: [String]
        let assertion: String
    }

    private struct Answer: Decodable {
        struct Token: Decodable, Equatable {
            struct Header: Decodable, Equatable {
                let alg: String
                let kid: String
                let typ: String
            }

            struct Claims: Decodable, Equatable {
                let iss: String
                let aud: String
                let scope: String
                let iat: Int64
                let exp: Int64
            }

            let header: Header
            let claims: Claims
        }

        let signed: [String]
        let accepted: [Bool]
        let assertion: Token
        let own: Token
    }

    private static let email = "billing@example.iam.gserviceaccount.com"
    private static let publicKey =
        try! _RSA.Signing.PrivateKey(pemRepresentation: GoogleWorld.key.pem).publicKey.pemRepresentation

    private let now = Int64(Date().timeIntervalSince1970)

    private struct Forgery {
        let name: String
        let token: String
        let ours: Bool
        var theirs: Bool?
    }

    private func forgeries() throws -> [Forgery] {
        let other = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let otherKey = try SigningKey(pem: Secret(other.pkcs8PEMRepresentation), for: .rs256)
        let right = try GoogleWorld.pushToken(issued: now)
        let parts = right.split(separator: ".")
        let none = Base64.encode(Array(#"{"alg":"none","kid":"\#(GoogleWorld.keyID)"}"#.utf8), .urlSafe)
        return [
            Forgery(name: "as it is", token: right, ours: true),
            Forgery(
                name: "the short issuer",
                token: try GoogleWorld.pushToken(issuer: "accounts.google.com", issued: now),
                ours: true
            ),
            Forgery(
                name: "another issuer",
                token: try GoogleWorld.pushToken(issuer: "https://evil.example", issued: now),
                ours: false
            ),
            Forgery(
                name: "another audience",
                token: try GoogleWorld.pushToken(audience: "https://evil.example", issued: now),
                ours: false
            ),
            Forgery(name: "expired", token: try GoogleWorld.pushToken(issued: now - 4000), ours: false),
            Forgery(name: "of the future", token: try GoogleWorld.pushToken(issued: now + 200), ours: false),
            Forgery(name: "another key", token: try GoogleWorld.pushToken(key: otherKey, issued: now), ours: false),
            Forgery(name: "an unknown key", token: try GoogleWorld.pushToken(keyID: "other", issued: now), ours: false),
            Forgery(name: "no algorithm", token: "\(none).\(parts[1]).", ours: false),
            Forgery(name: "no signature", token: "\(parts[0]).\(parts[1]).", ours: false),
            Forgery(name: "two segments", token: "\(parts[0]).\(parts[1])", ours: false),
            // The library leaves these to its caller.
            Forgery(
                name: "another account",
                token: try GoogleWorld.pushToken(email: "x@example.org", issued: now),
                ours: false,
                theirs: true
            ),
            Forgery(
                name: "not verified",
                token: try GoogleWorld.pushToken(isVerified: false, issued: now),
                ours: false,
                theirs: true
            ),
            Forgery(
                name: "no account",
                token: try GoogleWorld.pushToken(email: nil, issued: now),
                ours: false,
                theirs: true
            ),
        ]
    }

    private func isAccepted(_ text: String) throws -> Bool {
        let set = try JSONWebKeySet(json: Array(#"{"keys": [\#(GoogleWorld.key.jwk)]}"#.utf8))
        guard let token = try? CompactJWS(text), let key = token.header.keyID.flatMap({ set[$0] }) else { return false }
        let expectation = GooglePushToken.Expectation(audience: GoogleWorld.audience, account: GoogleWorld.account)
        return
            (try? GooglePushToken.verify(token, key: key, expectation: expectation, now: Timestamp(seconds: now)))
            != nil
    }

    /// The assertion that we send for an access token, and where to.
    private func assertion() async throws -> (text: String, address: String) {
        let now = now
        return try await StandInServer.run { _, _ in
            .init(status: 200, body: #"{"access_token": "at", "expires_in": 3599}"#)
        } _: { server, base in
            let file = try JSONEncoder().encode([
                "client_email": Self.email, "private_key": GoogleWorld.key.pem, "private_key_id": GoogleWorld.keyID,
                "token_uri": "\(base)/token",
            ])
            let account = try GoogleServiceAccount(json: Secret(String(decoding: file, as: UTF8.self)))
            let access = GoogleAccess(account: account, timeout: .seconds(5)) { Timestamp(seconds: now) }
            _ = try await access.token()
            let form = try #require(URLComponents(string: "?" + (server.requests.first?.body ?? "")))
            let fields = form.queryItems ?? []
            #expect(fields.first { $0.name == "grant_type" }?.value == "urn:ietf:params:oauth:grant-type:jwt-bearer")
            return (try #require(fields.first { $0.name == "assertion" }?.value), "\(base)/token")
        }
    }

    @Test func `Google's library and we sign and refuse the same`() async throws {
        let (forgeries, assertion) = (try forgeries(), try await assertion())
        let question = Question(
            token_uri: assertion.address,
            claims: [
                Claims(iat: now, exp: now + 3600), Claims(iss: "accounts.google.com", iat: now, exp: now + 3600),
            ],
            tokens: forgeries.map(\.token),
            assertion: assertion.text
        )
        let answer: Answer = try await VendorLibrary.google.answer(question)
        for token in answer.signed {
            let ours = try isAccepted(token)
            #expect(ours, "what the library signs")
        }
        try #require(answer.accepted.count == forgeries.count)
        for (forgery, theirs) in zip(forgeries, answer.accepted) {
            let ours = try isAccepted(forgery.token)
            #expect(ours == forgery.ours, "\(forgery.name): ours")
            #expect(theirs == forgery.theirs ?? forgery.ours, "\(forgery.name): theirs")
        }
        #expect(answer.assertion.header == answer.own.header)
        #expect(answer.assertion.claims.iss == Self.email)
        #expect(answer.assertion.claims.scope == answer.own.claims.scope)
        #expect(answer.assertion.claims.exp - answer.assertion.claims.iat == 3600)
        // Google documents token_uri as the audience of its servers; the library names its default one.
        #expect(answer.assertion.claims.aud == assertion.address)
    }
}
