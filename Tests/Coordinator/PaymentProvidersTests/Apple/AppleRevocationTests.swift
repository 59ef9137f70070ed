import Billing
import Model
import Store
import Testing

@testable import PaymentProviders

/// What becomes of a signature whose certificates Apple is asked about.
@Suite(.timeLimit(.minutes(10)))
struct AppleRevocationTests {
    private func open(
        _ body: (AppleResponder, AppleDesk, AppleNotice) async throws -> Void
    ) async throws {
        try await AppleResponder.run { responder, authority in
            try await AppleDesk.open(authority: authority, checksRevocation: true) { desk in
                try await body(responder, desk, AppleNotice(outerAuthority: authority, innerAuthority: authority))
            }
        }
    }

    @Test func `a good chain is asked about once, for as long as the answer is good`() async throws {
        try await open { responder, desk, notice in
            let first = try await desk.deliver(notice)
            #expect(first == .ok)
            // The signer's certificate and the intermediate's.
            #expect(responder.asked == 2)
            let second = try await desk.deliver(notice)
            #expect(second == .duplicate)
            #expect(responder.asked == 2)
            desk.clock.now = desk.clock.now + .seconds(7201)
            responder.conduct.nextUpdate = AppleAuthority.signedAt + 20_000
            _ = try await desk.deliver(notice)
            #expect(responder.asked == 4)
        }
    }

    @Test func `those who come together ask together`() async throws {
        try await AppleResponder.run { responder, authority in
            let revocations = try AppleRevocations(root: authority.root)
            let signatures = try AppleSignatures(root: authority.root)
            let now = Timestamp(seconds: AppleAuthority.signedAt)
            let verified = try await signatures.verify(authority.sign(), at: now)
            try await withThrowingTaskGroup { group in
                for _ in 0..<50 { group.addTask { try await revocations.check(verified.certificates, now: now) } }
                try await group.waitForAll()
            }
            #expect(responder.asked == 2)
            let kept = await revocations.keptCount
            #expect(kept == 1)
        }
    }

    @Test func `a revoked certificate signs nothing, and that is no passing trouble`() async throws {
        try await open { responder, desk, notice in
            responder.conduct.word = .revoked
            let answer = try await desk.deliver(notice)
            #expect(answer == .badSignature)
            let entitlement = try await desk.entitlement()
            #expect(entitlement == nil)
            let claimed = try await desk.claim(notice)
            #expect(throws: ProofRefusal.invalid) { try claimed.get() }
        }
    }

    private static let troubles: [(String, @Sendable (inout AppleResponder.Conduct) -> Void)] = [
        ("a responder that fails", { $0.failure = 500 }),
        ("a responder that knows nothing of the address", { $0.failure = 404 }),
        ("an answer that is none", { $0.garbage = Array("<html>".utf8) }),
        ("an answer of nothing", { $0.garbage = [] }),
        ("a refusal of the responder's", { $0.garbage = [0x30, 3, 0x0A, 1, 3] }),
        ("an answer without an end", { $0.garbage = Array(repeating: 0x30, count: 65 << 10) }),
        ("an unknown certificate", { $0.word = .unknown }),
        ("an answer that another has signed", { $0.isSignedByAnother = true }),
        (
            "a revocation that another has signed",
            {
                $0.isSignedByAnother = true
                $0.word = .revoked
            }
        ),
        ("an answer to another question", { $0.hasOtherNonce = true }),
        ("an answer that does not say how long it is good", { $0.nextUpdate = nil }),
        (
            "an old answer",
            {
                $0.producedAt -= 90_000
                $0.nextUpdate = AppleAuthority.signedAt - 7200
            }
        ),
        ("an answer of the future", { $0.producedAt += 90_000 }),
        ("a redirection", { $0.redirection = "/elsewhere" }),
    ]

    @Test func `trouble with the responder is asked to come again`() async throws {
        for (name, change) in Self.troubles {
            try await AppleResponder.run { responder, authority in
                let verifier = try AppleVerifier(
                    configuration: .init(
                        bundleID: "org.example.vpn",
                        appID: nil,
                        environment: .sandbox,
                        root: authority.root
                    ),
                    checksRevocation: true
                )
                let text = try AppleNotice(innerAuthority: authority).transactionText()
                let now = Timestamp(seconds: AppleAuthority.signedAt)
                change(&responder.conduct)
                await #expect(throws: AppleSignatureProblem.revocationUnknown, "\(name)") {
                    _ = try await verifier.read(
                        type: "",
                        transaction: text,
                        renewal: nil,
                        from: .anybody(now: now)
                    )
                }
                responder.conduct = .init()
                let later = try await verifier.read(
                    type: "",
                    transaction: text,
                    renewal: nil,
                    from: .anybody(now: now)
                )
                #expect(later.isFields, "\(name)")
            }
        }
    }

    @Test func `whoever comes while the responder is silent comes again`() async throws {
        try await open { responder, desk, notice in
            responder.conduct.failure = 403
            let answer = try await desk.deliver(notice)
            #expect(answer == .unavailable)
            let claimed = try await desk.claim(notice)
            #expect(throws: ProofRefusal.unavailable) { try claimed.get() }
            responder.conduct = .init()
            let later = try await desk.deliver(notice)
            #expect(later == .ok)
        }
    }

    @Test(arguments: ["ldap://127.0.0.1/ocsp", "file:///etc/hosts", "127.0.0.1"])
    func `nothing but the web is asked`(address: String) async throws {
        let authority = try AppleAuthority(.init(responder: address))
        let revocations = try AppleRevocations(root: authority.root)
        let now = Timestamp(seconds: AppleAuthority.signedAt)
        let verified = try await AppleSignatures(root: authority.root).verify(authority.sign(), at: now)
        await #expect(throws: AppleSignatureProblem.revocationUnknown) {
            try await revocations.check(verified.certificates, now: now)
        }
    }

    @Test func `a responder is asked only for who leads to the root`() async throws {
        try await AppleResponder.run { responder, stranger in
            try await AppleDesk.open(checksRevocation: true) { desk in
                let notice = AppleNotice(outerAuthority: stranger, innerAuthority: stranger)
                let answer = try await desk.deliver(notice)
                #expect(answer == .badSignature)
            }
            #expect(responder.asked == 0)
        }
    }

    /// Whoever had such a key could name any moment as that of the signing.
    @Test func `a signer has to be good now, but for what the App Store itself hands out`() async throws {
        let authority = try AppleAuthority(.init(signerDays: -400.0...1.0))
        let verifier = try AppleVerifier(
            configuration: .init(bundleID: "org.example.vpn", appID: nil, environment: .sandbox, root: authority.root),
            checksRevocation: true
        )
        let text = try AppleNotice(innerAuthority: authority).transactionText()
        func fields(from origin: AppleVerifier.Origin) async throws(AppleSignatureProblem) -> AppleVerifier.Reading {
            try await verifier.read(type: "", transaction: text, renewal: nil, from: origin)
        }
        let signed = Timestamp(seconds: AppleAuthority.signedAt)
        let later = signed + .seconds(2 * 86_400)
        #expect(try await fields(from: .anybody(now: signed)).isFields)
        await #expect(throws: AppleSignatureProblem.chain) { try await fields(from: .anybody(now: later)) }
        #expect(try await fields(from: .store).isFields)
    }

    @Test func `when an answer has to be asked for anew is read, or it is not kept`() {
        #expect(OCSPNextUpdate.read([]) == nil)
        #expect(OCSPNextUpdate.read([0x30, 0]) == nil)
        #expect(OCSPNextUpdate.read([0x30, 3, 0x0A, 1, 3]) == nil)
    }
}

extension AppleVerifier.Reading {
    fileprivate var isFields: Bool {
        if case .fields = self { true } else { false }
    }
}
