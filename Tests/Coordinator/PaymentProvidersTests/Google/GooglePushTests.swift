import Crypto
import CryptoExtras
import JOSE
import Model
import StandInServer
import Testing

@testable import PaymentProviders

/// Who may push, and what.
@Suite(.timeLimit(.minutes(10)))
struct GooglePushTests {
    private static let body = GoogleWorld.push("token-1", id: "1")

    @Test func `Google's own push is stored once`() async throws {
        try await GoogleDesk.open { desk in
            let answer = try await desk.push(Self.body)
            #expect(answer == .ok)
            let again = try await desk.push(Self.body)
            #expect(again == .duplicate)
            #expect(desk.world.count(of: "/certs") == 1)
        }
    }

    private static let forgeries: [(String, @Sendable () throws -> String)] = [
        ("another issuer", { try GoogleWorld.pushToken(issuer: "https://accounts.google.com.example.org") }),
        ("another audience", { try GoogleWorld.pushToken(audience: GoogleWorld.audience + "/") }),
        ("another account", { try GoogleWorld.pushToken(email: "someone@example.iam.gserviceaccount.com") }),
        ("no account", { try GoogleWorld.pushToken(email: nil) }),
        ("an address that is not verified", { try GoogleWorld.pushToken(isVerified: false) }),
        ("nothing of verification", { try GoogleWorld.pushToken(isVerified: nil) }),
        ("expired", { try GoogleWorld.pushToken(issued: StripeMaterial.time - 3660) }),
        ("of the future", { try GoogleWorld.pushToken(issued: StripeMaterial.time + 61) }),
        ("an unknown key", { try GoogleWorld.pushToken(keyID: "google-2") }),
        ("no key", { try GoogleWorld.pushToken(keyID: nil) }),
        (
            "a key of the forger's",
            {
                let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
                return try GoogleWorld.pushToken(
                    key: SigningKey(pem: Secret(key.pkcs8PEMRepresentation), for: .rs256)
                )
            }
        ),
        (
            "another algorithm",
            {
                let key = P256.Signing.PrivateKey()
                return try GoogleWorld.pushToken(key: SigningKey(pem: Secret(key.pemRepresentation), for: .es256))
            }
        ),
        (
            "no signature",
            {
                let parts = try GoogleWorld.pushToken().split(separator: ".")
                let header = Base64.encode(Array(#"{"alg":"none","kid":"\#(GoogleWorld.keyID)"}"#.utf8), .urlSafe)
                return "\(header).\(parts[1])."
            }
        ),
        ("no token at all", { "" }),
        ("a long one", { String(repeating: "a", count: 100_000) }),
    ]

    @Test(arguments: forgeries.indices)
    func `nobody else may push`(index: Int) async throws {
        let (name, make) = Self.forgeries[index]
        let token = try make()
        try await GoogleDesk.open { desk in
            let answer = try await desk.push(Self.body, token: token)
            #expect(answer == .badSignature, "\(name)")
            let rows = try await desk.rows("SELECT event_id AS text FROM webhook_inbox")
            #expect(rows.isEmpty)
        }
    }

    /// A key set of Google's holds no other kinds; should it ever, they do not sign pushes.
    @Test func `a key of another kind signs no push`() throws {
        let key = try SigningKey(pem: Secret(P256.Signing.PrivateKey().pemRepresentation), for: .es256)
        let token = try CompactJWS(GoogleWorld.pushToken(key: key))
        #expect(throws: GooglePushProblem.signature) {
            try GooglePushToken.verify(
                token,
                key: key.verificationKey,
                expectation: .init(audience: GoogleWorld.audience, account: GoogleWorld.account),
                now: Timestamp(seconds: StripeMaterial.time)
            )
        }
    }

    @Test func `claims have their depth, although they are signed`() async throws {
        struct Claims: Encodable {
            let iss = "https://accounts.google.com"
            let aud = GoogleWorld.audience
            let email = GoogleWorld.account
            let email_verified = true
            let iat = StripeMaterial.time
            let exp = StripeMaterial.time + 3600
            let deep = [[[[[[[[1]]]]]]]]
        }
        let token = try GoogleWorld.key.signing.sign(Claims(), keyID: GoogleWorld.keyID)
        try await GoogleDesk.open { desk in
            let answer = try await desk.push(Self.body, token: token)
            #expect(answer == .badSignature)
        }
    }

    @Test(arguments: [59, -3659])
    func `clocks may differ a little`(seconds: Int64) async throws {
        try await GoogleDesk.open { desk in
            let token = try GoogleWorld.pushToken(issued: StripeMaterial.time + seconds)
            let again = try await desk.push(Self.body, token: token)
            #expect(again == .ok)
        }
    }

    @Test func `keys that are made up do not make us ask all day`() async throws {
        try await GoogleDesk.open { desk in
            for number in 0..<10 {
                let token = try GoogleWorld.pushToken(keyID: "made-up-\(number)")
                let answer = try await desk.push(Self.body, token: token)
                #expect(answer == .badSignature)
            }
            #expect(desk.world.count(of: "/certs") == 1)
        }
    }

    @Test func `a key that Google has just begun to use is fetched, and asked for once a minute at most`() async throws
    {
        try await StandInServer.run { _, number in
            .init(status: 200, body: #"{"keys": [\#(number > 1 ? GoogleWorld.key.jwk : "")]}"#)
        } _: { server, base in
            let keys = GoogleKeys(address: base)
            let began = ContinuousClock.now
            for (after, isKnown, fetches) in [(0, false, 1), (59, false, 1), (60, true, 2), (61, true, 2)] {
                let key = try await keys.key(GoogleWorld.keyID, now: began + .seconds(after))
                #expect((key != nil) == isKnown, "after \(after) s")
                #expect(server.requests.count == fetches, "after \(after) s")
            }
        }
    }

    @Test func `without Google's keys nothing is decided`() async throws {
        // Port 1 of the loopback: nobody listens.
        let keys = GoogleKeys(address: "http://127.0.0.1:1/certs")
        await #expect(throws: GoogleKeysUnavailable()) { try await keys.key("google-1") }
    }

    private static let ignored: [[UInt8]] = [
        GoogleWorld.push("token-1", id: "2", package: "org.example.other"),
        GoogleWorld.push("token-1", id: "3", subscription: "projects/example/subscriptions/other"),
        GoogleWorld.push("../subscriptions", id: "4"),
        GoogleWorld.push("", id: "5"),
        GoogleWorld.envelope("{}", id: "6"),
        GoogleWorld.envelope("no JSON", id: "7"),
        GoogleWorld.envelope(
            """
            {"version": "1.0", "packageName": "\(GoogleWorld.package)", "eventTimeMillis": "1700000000000",
                "testNotification": {"version": "1.0"}}
            """,
            id: "8"
        ),
        GoogleWorld.envelope(
            """
            {"version": "1.0", "packageName": "\(GoogleWorld.package)", "eventTimeMillis": "99999999999999999999",
                "subscriptionNotification": {"notificationType": 4, "purchaseToken": "token-1"}}
            """,
            id: "9"
        ),
        GoogleWorld.envelope(
            """
            {"version": "1.0", "packageName": "\(GoogleWorld.package)", "eventTimeMillis": "1700000000000",
                "testNotification": {}, "subscriptionNotification": {"notificationType": 4, "purchaseToken": "t"}}
            """,
            id: "10"
        ),
        GoogleWorld.push("token-1", id: ""), GoogleWorld.push("token-1", id: String(repeating: "1", count: 256)),
        GoogleWorld.envelope(
            """
            {"version": "1.0", "packageName": "\(GoogleWorld.package)", "eventTimeMillis": "1700000000000",
                "voidedPurchaseNotification": {"purchaseToken": "token-1", "productType": 2}}
            """,
            id: "11"
        ),
        GoogleWorld.envelope(
            """
            {"version": "1.0", "packageName": "\(GoogleWorld.package)", "eventTimeMillis": "999999999999999",
                "subscriptionNotification": {"notificationType": 4, "purchaseToken": "token-1"}}
            """,
            id: "12"
        ),
        Array("[".utf8), Array(repeating: UInt8(ascii: "["), count: 100_000), [0xff, 0xfe], [],
    ]

    @Test(arguments: ignored.indices)
    func `what is authentic and means nothing here is let go`(index: Int) async throws {
        try await GoogleDesk.open { desk in
            let answer = try await desk.push(Self.ignored[index])
            #expect(answer == .ignored)
            let rows = try await desk.rows("SELECT event_id AS text FROM webhook_inbox")
            #expect(rows.isEmpty)
        }
    }
}
