import Crypto
import JOSE
import Model
import Testing

@testable import PaymentProviders

/// Every way to a signature that is not the App Store's.
@Suite(.timeLimit(.minutes(10)))
struct AppleSignaturesTests {
    private func problem(_ text: String, root: [UInt8]) async throws -> AppleSignatureProblem? {
        let signatures = try AppleSignatures(root: root)
        do throws(AppleSignatureProblem) {
            _ = try await signatures.verify(text)
            return nil
        } catch {
            return error
        }
    }

    @Test func `what the App Store signs is taken, with the moment of its signing`() async throws {
        let authority = try AppleAuthority()
        let verified = try await AppleSignatures(root: authority.root).verify(authority.sign())
        #expect(verified.signedAt == Timestamp(seconds: AppleAuthority.signedAt))
        #expect(String(decoding: verified.payload, as: UTF8.self).contains("org.example.vpn"))
    }

    @Test func `another root is not ours`() async throws {
        let found = try await problem(AppleAuthority().sign(), root: AppleAuthority().root)
        #expect(found == .chain)
    }

    /// In Apple's own test material it differs: what is pinned is the configured root, not the sender's.
    @Test func `the root that comes with it counts for nothing`() async throws {
        let (authority, other) = (try AppleAuthority(), try AppleAuthority())
        let good = try authority.sign(chain: [authority.signer, authority.intermediate, other.root])
        #expect(try await problem(good, root: authority.root) == nil)
        let forged = try other.sign(chain: [other.signer, other.intermediate, authority.root])
        #expect(try await problem(forged, root: authority.root) == .chain)
    }

    private static let flaws: [(String, AppleAuthority.Flaws)] = [
        ("a signer without the App Store's mark", .init(signerMark: false)),
        ("an intermediate without its mark", .init(intermediateMark: false)),
        ("an intermediate that is no authority", .init(intermediateIsAuthority: false)),
        ("a signer that had expired", .init(signerDays: -400.0 ... -1.0)),
        ("a signer of the future", .init(signerDays: 1.0...400.0)),
        ("an intermediate that had expired", .init(intermediateDays: -400.0 ... -1.0)),
    ]

    @Test(arguments: flaws.indices)
    func `each certificate has to be what it should`(index: Int) async throws {
        let (name, flaws) = Self.flaws[index]
        let authority = try AppleAuthority(flaws)
        #expect(try await problem(authority.sign(), root: authority.root) == .chain, "\(name)")
    }

    @Test func `three certificates come with it, no fewer and no more`() async throws {
        let authority = try AppleAuthority()
        let all = [authority.signer, authority.intermediate, authority.root]
        for chain in [[], Array(all.prefix(1)), Array(all.prefix(2)), all + [authority.root]] {
            #expect(try await problem(authority.sign(chain: chain), root: authority.root) == .chainLength(chain.count))
        }
    }

    @Test func `an intermediate of another chain leads nowhere`() async throws {
        let (authority, other) = (try AppleAuthority(), try AppleAuthority())
        let text = try authority.sign(chain: [authority.signer, other.intermediate, authority.root])
        #expect(try await problem(text, root: authority.root) == .chain)
    }

    /// Whoever has a certificate of Apple's is no authority.
    @Test func `a signer cannot make another`() async throws {
        let authority = try AppleAuthority()
        let text = try authority.sign(chain: [authority.signer, authority.signer, authority.root])
        #expect(try await problem(text, root: authority.root) == .chain)
    }

    @Test func `the root does not sign purchases itself`() async throws {
        let authority = try AppleAuthority()
        let text = try authority.sign(
            chain: [authority.root, authority.intermediate, authority.root],
            key: authority.rootKey
        )
        #expect(try await problem(text, root: authority.root) == .chain)
    }

    @Test func `the payload and its signature belong together`() async throws {
        let authority = try AppleAuthority()
        let parts = try authority.sign().split(separator: ".")
        let payload = Base64.encode(
            Array(#"{"signedDate": 1700000000000, "bundleId": "org.example.other"}"#.utf8),
            .urlSafe
        )
        #expect(
            try await problem("\(parts[0]).\(payload).\(parts[2])", root: authority.root) == .jws(.signature)
        )
        let other = try authority.sign(key: P256.Signing.PrivateKey())
        #expect(try await problem(other, root: authority.root) == .jws(.signature))
    }

    @Test(arguments: ["none", "HS256", "RS256", "ES384", "es256"])
    func `no other algorithm will do`(algorithm: String) async throws {
        let authority = try AppleAuthority()
        #expect(try await problem(authority.sign(algorithm: algorithm), root: authority.root) == .jws(.algorithm))
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"signedDate": "1700000000000"}"#, #"{"signedDate": -1}"#, #"{"signedDate": 1e30}"#,
        // Deeper than any payload, and signed all the same.
        #"{"signedDate": 1700000000000, "a": \#(String(repeating: "[", count: 65) + String(repeating: "]", count: 65))}"#,
    ])
    func `a payload says when it was signed`(payload: String) async throws {
        let authority = try AppleAuthority()
        #expect(try await problem(authority.sign(payload), root: authority.root) == .payload)
    }

    @Test func `a certificate is a certificate, and a text has its length`() async throws {
        let authority = try AppleAuthority()
        let text = try authority.sign(chain: [[1, 2, 3], authority.intermediate, authority.root])
        #expect(try await problem(text, root: authority.root) == .certificate)
        let long = String(repeating: "a", count: AppleSignatures.byteCountMax + 1)
        #expect(try await problem(long, root: authority.root) == .jws(.tooLong))
        #expect(try await problem("", root: authority.root) == .jws(.malformed))
    }
}
