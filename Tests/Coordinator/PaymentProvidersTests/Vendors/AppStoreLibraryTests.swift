import Crypto
import Foundation
import Model
import Testing

@testable import PaymentProviders

/// Beside Apple's own library.
@Suite(.timeLimit(.minutes(10))) struct AppStoreLibraryTests {
    private struct Question: Encodable {
        struct Text: Encodable {
            let kind: String
            let text: String
        }

        let root: String
        var bundle = "org.example.vpn"
        var environment = "Sandbox"
        let texts: [Text]
    }

    private static let payload = """
        {"originalTransactionId":"1000","transactionId":"1000","bundleId":"org.example.vpn","environment":"Sandbox",
        "productId":"basic.monthly","type":"Auto-Renewable Subscription","purchaseDate":1700000000000,
        "expiresDate":1702592000000,"signedDate":1700000000000}
        """

    private struct Case {
        let name: String
        let authority: AppleAuthority
        let text: String
        let isGood: Bool
    }

    private func cases() throws -> [Case] {
        let (good, other) = (try AppleAuthority(), try AppleAuthority())
        var cases: [Case] = []
        func add(_ name: String, _ text: String, by authority: AppleAuthority? = nil, isGood: Bool = false) {
            cases.append(Case(name: name, authority: authority ?? good, text: text, isGood: isGood))
        }
        let payload = Self.payload
        let right = try good.sign(payload)
        let parts = right.split(separator: ".")
        add("as it is", right, isGood: true)
        let chain = [good.signer, good.intermediate, good.root]
        add(
            "another root beside it",
            try good.sign(payload, chain: [good.signer, good.intermediate, other.root]),
            isGood: true
        )
        add("another root", try other.sign(payload))
        add(
            "another root that names ours",
            try other.sign(payload, chain: [other.signer, other.intermediate, good.root])
        )
        for (name, flaws): (String, AppleAuthority.Flaws) in [
            ("a signer without the mark", .init(signerMark: false)),
            ("an intermediate without the mark", .init(intermediateMark: false)),
            ("an intermediate that is no authority", .init(intermediateIsAuthority: false)),
            ("a signer that had expired", .init(signerDays: -400.0 ... -1.0)),
            ("a signer of the future", .init(signerDays: 1.0...400.0)),
            ("an intermediate that had expired", .init(intermediateDays: -400.0 ... -1.0)),
        ] {
            let flawed = try AppleAuthority(flaws)
            add(name, try flawed.sign(payload), by: flawed)
        }
        for count in 0...2 { add("\(count) certificates", try good.sign(payload, chain: Array(chain.prefix(count)))) }
        add("four certificates", try good.sign(payload, chain: chain + [good.root]))
        add("another's intermediate", try good.sign(payload, chain: [good.signer, other.intermediate, good.root]))
        add("a signer as authority", try good.sign(payload, chain: [good.signer, good.signer, good.root]))
        add(
            "the root as signer",
            try good.sign(payload, chain: [good.root, good.intermediate, good.root], key: good.rootKey)
        )
        add("no certificate", try good.sign(payload, chain: [[1, 2, 3], good.intermediate, good.root]))
        add("another key", try good.sign(payload, key: P256.Signing.PrivateKey()))
        let forged = Base64.encode(Array(payload.replacing("basic", with: "plus").utf8), .urlSafe)
        add("another payload", "\(parts[0]).\(forged).\(parts[2])")
        for algorithm in ["none", "HS256", "RS256", "ES384"] {
            add(algorithm, try good.sign(payload, algorithm: algorithm))
        }
        add("no signature", "\(parts[0]).\(parts[1]).")
        add("two segments", "\(parts[0]).\(parts[1])")
        add("nothing", "")
        return cases
    }

    @Test func `Apple's library and we take and refuse the same`() async throws {
        for (root, cases) in Dictionary(grouping: try cases(), by: \.authority.root) {
            let question = Question(
                root: Base64.encode(root),
                texts: cases.map { .init(kind: "transaction", text: $0.text) }
            )
            let verdicts: [String] = try await VendorLibrary.appStore.answer(question)
            try #require(verdicts.count == cases.count)
            let signatures = try AppleSignatures(root: root)
            for (entry, theirs) in zip(cases, verdicts) {
                let ours = (try? await signatures.verify(entry.text)) != nil
                #expect(ours == entry.isGood, "\(entry.name): ours")
                #expect((theirs == "OK") == entry.isGood, "\(entry.name): theirs, \(theirs)")
            }
        }
    }

    /// What is signed well, and for somebody else.
    @Test func `Apple's library and we let the same notifications go`() async throws {
        let strangers = AppleWebhookTests.strangers.filter { AppStoreLibraryTests.judged.contains($0.0) }
        #expect(strangers.count == Self.judged.count)
        let notifications = [("ours", AppleNotice())] + strangers
        let question = Question(
            root: Base64.encode(AppleNotice.authority.root),
            texts: try notifications.map { .init(kind: "notification", text: try $0.1.payload()) }
        )
        let verdicts: [String] = try await VendorLibrary.appStore.answer(question)
        #expect(verdicts.first == "OK")
        #expect(verdicts.dropFirst().allSatisfy { $0 != "OK" }, "\(verdicts)")
    }

    /// Apple's library looks at a notification's outside alone.
    private static let judged = ["another app", "production", "Xcode", "LocalTesting"]
}
