import Billing
import DaemonRuntime
import JOSE
import Logging
import Model
import Store

/// Takes Google Play's notifications in as Pub/Sub pushes them: verifies, keeps the allowed fields, commits them, and
/// wakes the worker.
public struct GoogleReceiver: Sendable {
    /// What the operator has set up at Google.
    public struct Configuration: Hashable, Sendable {
        /// The app, such as `org.example.vpn`.
        public let package: String
        /// `projects/…/subscriptions/…`.
        public let subscription: String
        /// As given to the push subscription.
        public let audience: String
        /// The service account's e-mail address, as given to the push subscription.
        public let account: String
        /// Of the keys that push tokens are signed with.
        public let keysAddress: String

        public init(package: String, subscription: String, audience: String, account: String, keysAddress: String) {
            self.package = package
            self.subscription = subscription
            self.audience = audience
            self.account = account
            self.keysAddress = keysAddress
        }
    }

    private let intake: EventIntake
    private let configuration: Configuration
    private let keys: GoogleKeys
    private let logger: QuietLogger

    public init(store: Store, configuration: Configuration, signal: WakeSignal, logger: Logger) {
        intake = EventIntake(provider: .google, store: store, signal: signal, logger: logger)
        self.configuration = configuration
        keys = GoogleKeys(address: configuration.keysAddress)
        self.logger = QuietLogger(logger)
    }

    /// - Parameters:
    ///   - token: what `Authorization: Bearer` carried.
    ///   - body: as it came.
    public func receive(token: String, body: [UInt8], now: Timestamp) async -> WebhookAnswer {
        do {
            try await authenticate(token, now: now)
        } catch let problem as GooglePushProblem {
            logger.warning("refused a Google push", metadata: ["reason": "\(problem)"])
            return .badSignature
        } catch {
            logger.error("a Google push cannot be verified: its keys cannot be had")
            return .unavailable
        }
        let push: GooglePush
        do {
            push = try GooglePush(body: body)
        } catch {
            logger.error("a Google push is authentic and cannot be read")
            return .ignored
        }
        guard push.packageName == configuration.package, push.subscription == configuration.subscription else {
            logger.warning("a Google push is of another app or subscription")
            return .ignored
        }
        guard let fields = push.fields else { return .ignored }
        return await intake.record(push.messageID, fields, now: now)
    }

    private func authenticate(_ text: String, now: Timestamp) async throws {
        guard let token = try? CompactJWS(text, byteCountMax: 8 << 10), let id = token.header.keyID else {
            throw GooglePushProblem.malformed
        }
        guard let key = try await keys.key(id) else { throw GooglePushProblem.unknownKey }
        try GooglePushToken.verify(
            token,
            key: key,
            expectation: .init(audience: configuration.audience, account: configuration.account),
            now: now
        )
    }
}
