import Billing
import Cryptography
import DatabaseTestSupport
import Foundation
import Logging
import Model
import Store
import Testing

@testable import PaymentProviders

/// Each check that only one kind of foreign input meets, with that input and nothing else wrong with it.
@Suite(.timeLimit(.minutes(10))) struct AppleStrictnessTests {
    private func answer(
        _ notification: AppleNotice,
        appID: Int64?
    ) async throws -> WebhookAnswer {
        let database = try await TestDatabase.create(from: BillingDesk.template)
        return try await database.withPool { pool in
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let receiver = try AppleReceiver(
                store: Store(pool: pool),
                verifier: AppleVerifier(
                    configuration: AppleConfiguration(
                        bundleID: "org.example.vpn",
                        appID: appID,
                        environment: .production,
                        root: AppleNotice.authority.root
                    ),
                    checksRevocation: false
                ),
                signal: WakeSignal(),
                logger: logger
            )
            return await receiver.receive(body: try notification.body, now: Timestamp(seconds: AppleNotice.start))
        }
    }

    @Test(arguments: [(7, WebhookAnswer.ok), (8, .ignored), (nil, .ignored)] as [(Int64?, WebhookAnswer)])
    func `in production the app's number counts`(appID: Int64?, expected: WebhookAnswer) async throws {
        let notification = AppleNotice(
            environment: "Production",
            app: 7,
            innerEnvironment: "Production"
        )
        let answer = try await answer(notification, appID: appID)
        #expect(answer == expected)
    }

    @Test(arguments: [
        AppleNotice(id: ""), AppleNotice(id: String(repeating: "u", count: 129)),
        AppleNotice(
            original: String(repeating: "1", count: 65),
            renewalOriginal: String(repeating: "1", count: 65)
        ),
        AppleNotice(original: "", renewalOriginal: ""),
        AppleNotice(renewalEnvironment: "Production"),
        AppleNotice(innerEnvironment: "Production", renewalEnvironment: "Sandbox"),
    ])
    func `names have their length, and each part its environment`(
        notification: AppleNotice
    ) async throws {
        let database = try await TestDatabase.create(from: BillingDesk.template)
        try await database.withPool { pool in
            let desk = try AppleDesk(store: Store(pool: pool))
            let answer = try await desk.deliver(notification)
            #expect(answer == .ignored)
        }
    }

    @Test func `the renewal has its own signature`() async throws {
        var forged = AppleNotice()
        forged.renewalAuthority = try AppleAuthority()
        let database = try await TestDatabase.create(from: BillingDesk.template)
        try await database.withPool { pool in
            let desk = try AppleDesk(store: Store(pool: pool))
            let answer = try await desk.deliver(forged)
            #expect(answer == .badSignature)
        }
    }

    @Test func `the root is the one whose fingerprint is configured`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "root-\(UUID())").path
        let root = AppleNotice.authority.root
        try Data(root).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let fingerprint = Hexadecimal.encode(SHA256.hash(root))
        #expect(try AppleRoot.read(path, fingerprint: fingerprint) == root)
        let other = Hexadecimal.encode(SHA256.hash([1]))
        #expect(throws: AppleRootProblem.fingerprint) { try AppleRoot.read(path, fingerprint: other) }
        #expect(throws: AppleRootProblem.fingerprint) { try AppleRoot.read(path, fingerprint: "") }
        #expect(throws: AppleRootProblem.unreadable) { try AppleRoot.read(path + "x", fingerprint: fingerprint) }
    }
}
