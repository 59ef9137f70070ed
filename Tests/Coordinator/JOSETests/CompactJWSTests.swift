import Crypto
import Model
import Testing

@testable import JOSE

/// The examples of RFC 7515, appendices A.2 and A.3, and what a forger makes of them.
struct CompactJWSTests {
    private static let payload =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    static let es256 =
        "eyJhbGciOiJFUzI1NiJ9.\(payload)."
        + "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    static let rs256 =
        "eyJhbGciOiJSUzI1NiJ9.\(payload)."
        + "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU"
        + "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d"
        + "O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig"
        + "cN_IoypGlUPQGe77Rw"
    static let keys = """
        {"keys": [
            {"kty": "EC", "kid": "ec", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
            {"kty": "RSA", "kid": "rsa", "use": "sig", "e": "AQAB", "n": "\(modulus)"},
            {"kty": "RSA", "kid": "enc", "use": "enc", "e": "AQAB", "n": "\(modulus)"},
            {"kty": "RSA", "kid": "short", "e": "AQAB", "n": "rw"},
            {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"},
            {"kty": "EC", "kid": "other", "crv": "P-384", "x": "AA", "y": "AA"}
        ]}
        """
    private static let modulus =
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4Q"
        + "lL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQO"
        + "S-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFk"
        + "MLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"

    private static func key(_ id: String) throws -> VerificationKey {
        try #require(JSONWebKeySet(json: Array(keys.utf8))[id])
    }

    @Test func `a key set gives the keys that sign with an accepted algorithm`() throws {
        let set = try JSONWebKeySet(json: Array(Self.keys.utf8))
        #expect(set.count == 2)
        #expect(set["ec"]?.algorithm == .es256)
        #expect(set["rsa"]?.algorithm == .rs256)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"keys": 1}"#, #"{"keys": [{"kid": "x"}]}"#, String(repeating: "[", count: 10_000),
        #"{"keys": [{"kty": "EC", "kid": "a", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "#
            + #""y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}, {"kty": "EC", "kid": "a", "crv": "P-256", "#
            + #""x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#,
    ])
    func `a document that is no key set is refused`(json: String) {
        #expect(throws: MalformedKeySet.self) { try JSONWebKeySet(json: Array(json.utf8)) }
    }

    @Test(arguments: [(es256, "ec"), (rs256, "rsa")])
    func `the RFC's examples verify`(text: String, id: String) throws {
        let jws = try CompactJWS(text)
        try jws.verify(with: Self.key(id))
        #expect(String(decoding: jws.payload, as: UTF8.self).hasPrefix(#"{"iss":"joe","#))
    }

    @Test(arguments: [(es256, "rsa"), (rs256, "ec")])
    func `a key verifies its own algorithm alone`(text: String, id: String) throws {
        let jws = try CompactJWS(text)
        #expect(throws: JWSProblem.algorithm) { try jws.verify(with: Self.key(id)) }
    }

    /// Every bit that a forger may turn.
    @Test(arguments: [(es256, "ec"), (rs256, "rsa")])
    func `no symbol can be changed`(text: String, id: String) throws {
        let key = try Self.key(id)
        let symbols = Array(text.utf8)
        for index in symbols.indices where symbols[index] != UInt8(ascii: ".") {
            var changed = symbols
            changed[index] = symbols[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let forged = String(decoding: changed, as: UTF8.self)
            #expect(throws: JWSProblem.self, "symbol \(index)") { try CompactJWS(forged).verify(with: key) }
        }
    }

    @Test func `an unsigned text verifies with nothing`() throws {
        for header in [#"{"alg":"none"}"#, #"{"alg":"HS256"}"#, #"{"alg":"es256"}"#] {
            let text = Base64.encode(Array(header.utf8), .urlSafe) + ".\(Self.payload)."
            let jws = try CompactJWS(text)
            for id in ["ec", "rsa"] {
                #expect(throws: JWSProblem.algorithm) { try jws.verify(with: Self.key(id)) }
            }
        }
        let empty = try CompactJWS("eyJhbGciOiJFUzI1NiJ9.\(Self.payload).")
        #expect(throws: JWSProblem.signature) { try empty.verify(with: Self.key("ec")) }
    }

    @Test func `what must be understood and is not, is refused`() {
        for header in [
            #"{"alg":"ES256","crit":["exp"]}"#, #"{"alg":"ES256","crit":[]}"#, #"{"alg":"ES256","b64":false}"#,
        ] {
            let text = Base64.encode(Array(header.utf8), .urlSafe) + ".\(Self.payload).AA"
            #expect(throws: JWSProblem.unknownExtension) { try CompactJWS(text) }
        }
    }

    @Test(arguments: [
        "", ".", "..", "a.b", "eyJhbGciOiJFUzI1NiJ9..", "eyJhbGciOiJFUzI1NiJ9.AA", "eyJhbGciOiJFUzI1NiJ9.AA.AA.AA",
        " eyJhbGciOiJFUzI1NiJ9.AA.AA", "eyJhbGciOiJFUzI1NiJ9=.AA.AA", "eyJhbGciOiJFUzI1NiJ9.A+.AA",
        "eyJhbGciOiJFUzI1NiJ9.AB.AA", "AA.AA.AA",
    ])
    func `what is not three segments of base64url is refused`(text: String) {
        #expect(throws: JWSProblem.self) {
            let jws = try CompactJWS(text)
            // The fifth has three, of which two are empty: it falls with its signature.
            try jws.verify(with: Self.key("ec"))
        }
    }

    @Test(arguments: [
        #"{"alg":"ES256","x":[[[[1]]]]}"#, #"{"alg":"ES256","x":"\#(String(repeating: "a", count: 16 << 10))"}"#,
        #"{"alg":"ES256","x5c":["AA==","no base64"]}"#,
    ])
    func `a header has its depth and size, and all of its certificates are base64`(header: String) {
        let text = Base64.encode(Array(header.utf8), .urlSafe) + ".\(Self.payload).AA"
        #expect(throws: JWSProblem.malformed) { try CompactJWS(text) }
    }

    @Test func `a fourth segment is one too many, although the others verify`() {
        #expect(throws: JWSProblem.malformed) { try CompactJWS(Self.es256 + ".AA") }
    }

    @Test func `a key of another curve's name is none, and a set has its size`() throws {
        let set = try JSONWebKeySet(json: Array(Self.keys.replacing("P-256", with: "P-384").utf8))
        #expect(set["ec"] == nil)
        let many = #"{"keys": [\#(Array(repeating: #"{"kty": "oct"}"#, count: 65).joined(separator: ","))]}"#
        #expect(throws: MalformedKeySet.self) { try JSONWebKeySet(json: Array(many.utf8)) }
    }

    @Test func `a text has its length`() {
        let text = Self.es256
        #expect(throws: JWSProblem.tooLong) { try CompactJWS(text, byteCountMax: text.utf8.count - 1) }
        #expect(throws: Never.self) { try CompactJWS(text, byteCountMax: text.utf8.count) }
    }

    @Test func `a signature of our own verifies, and its key is named`() throws {
        let pem = P256.Signing.PrivateKey().pemRepresentation
        let key = try SigningKey(pem: Secret(pem), for: .es256)
        let text = try key.sign(["aud": "https://example.org/token"], keyID: "K1")
        let jws = try CompactJWS(text)
        try jws.verify(with: key.verificationKey)
        #expect(jws.header.keyID == "K1")
        #expect(String(decoding: jws.payload, as: UTF8.self) == #"{"aud":"https://example.org/token"}"#)
    }

    @Test func `a key of the other kind is refused without a word of it`() {
        let pem = P256.Signing.PrivateKey().pemRepresentation
        #expect(throws: MalformedSigningKey(algorithm: .rs256)) { try SigningKey(pem: Secret(pem), for: .rs256) }
        #expect(throws: MalformedSigningKey(algorithm: .es256)) { try SigningKey(pem: Secret("PEM"), for: .es256) }
    }
}
