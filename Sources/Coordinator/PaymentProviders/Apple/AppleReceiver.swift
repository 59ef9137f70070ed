import Billing
import FoundationEssentials
import JOSE
import Logging
import Model
import Store

/// Takes the App Store's notifications in (App Store Server Notifications, version 2): verifies each signed text in them,
/// keeps the allowed fields, commits them, and wakes the worker.
public struct AppleReceiver: Sendable {
    /// What the operator has set up at Apple.
    public struct Configuration: Hashable, Sendable {
        public let bundleID: String
        /// The app's number in the App Store; without it nothing of production counts.
        public let appID: Int64?
        public let environment: BillingEnvironment
        /// DER of the root that signatures have to lead to.
        public let root: [UInt8]

        public init(bundleID: String, appID: Int64?, environment: BillingEnvironment, root: [UInt8]) {
            self.bundleID = bundleID
            self.appID = appID
            self.environment = environment
            self.root = root
        }

        /// Apple's own word. Xcode and LocalTesting are signed by nobody, and never count.
        var environmentName: String { environment == .production ? "Production" : "Sandbox" }
    }

    private let intake: EventIntake
    private let configuration: Configuration
    private let signatures: AppleSignatures
    private let logger: Logger

    /// - Throws: when the root is no certificate.
    public init(store: Store, configuration: Configuration, signal: WakeSignal, logger: Logger) throws {
        intake = EventIntake(provider: .apple, store: store, signal: signal, logger: logger)
        self.configuration = configuration
        signatures = try AppleSignatures(root: configuration.root)
        self.logger = logger
    }

    /// - Parameter body: `{"signedPayload": …}`.
    public func receive(body: [UInt8], now: Timestamp) async -> WebhookAnswer {
        do throws(AppleSignatureProblem) {
            guard let notification = try await notification(body), let content = notification.data else {
                return .ignored
            }
            guard content.bundleId == configuration.bundleID, content.environment == configuration.environmentName,
                configuration.environment == .sandbox || content.appAppleId == configuration.appID
            else {
                logger.warning("an App Store notification is of another app or environment")
                return .ignored
            }
            guard let fields = try await fields(notification, content) else { return .ignored }
            return await intake.record(notification.notificationUUID, fields, now: now)
        } catch {
            logger.warning("refused an App Store notification", metadata: ["reason": "\(error)"])
            return .badSignature
        }
    }

    private func notification(_ body: [UInt8]) async throws(AppleSignatureProblem) -> AppleNotification? {
        struct Body: Decodable {
            let signedPayload: String
        }
        guard JSONLimits.allow(body), let text = try? JSONDecoder().decode(Body.self, from: Data(body)) else {
            throw .jws(.malformed)
        }
        let verified = try await signatures.verify(text.signedPayload)
        let notification = try? JSONDecoder().decode(AppleNotification.self, from: Data(verified.payload))
        guard let notification, (1...128).contains(notification.notificationUUID.utf8.count) else {
            logger.error("an App Store notification is signed and cannot be read")
            return nil
        }
        return notification
    }

    /// Nil for what says nothing of a subscription.
    private func fields(
        _ notification: AppleNotification,
        _ content: AppleNotification.Content
    ) async throws(AppleSignatureProblem) -> AppleInboxFields? {
        var originals: Set<String> = []
        var transaction: AppleInboxFields.Transaction?
        if let text = content.signedTransactionInfo {
            let verified = try await signatures.verify(text)
            guard let signed = try? JSONDecoder().decode(AppleTransaction.self, from: Data(verified.payload)),
                signed.bundleId == configuration.bundleID, signed.environment == configuration.environmentName,
                signed.isSubscription, let expires = signed.expiresDate
            else { return unreadable() }
            originals.insert(signed.originalTransactionId)
            transaction = .init(
                id: signed.transactionId,
                product: signed.productId,
                purchased: signed.purchaseDate,
                expires: expires,
                revoked: signed.revocationDate,
                upgraded: signed.isUpgraded ?? false,
                signed: verified.signedAt.microseconds / 1000
            )
        }
        var renewal: AppleInboxFields.Renewal?
        if let text = content.signedRenewalInfo {
            let verified = try await signatures.verify(text)
            guard let signed = try? JSONDecoder().decode(AppleRenewal.self, from: Data(verified.payload)),
                signed.environment == configuration.environmentName
            else { return unreadable() }
            originals.insert(signed.originalTransactionId)
            renewal = .init(
                renews: signed.autoRenewStatus == 1,
                grace: signed.gracePeriodExpiresDate,
                retries: signed.isInBillingRetryPeriod ?? false,
                signed: verified.signedAt.microseconds / 1000
            )
        }
        // A transaction and a renewal of two subscriptions: nobody knows which is meant.
        guard let original = originals.first, originals.count == 1, (1...64).contains(original.utf8.count) else {
            return originals.isEmpty ? nil : unreadable()
        }
        return AppleInboxFields(
            type: String(notification.notificationType.prefix(64)),
            originalTransaction: original,
            transaction: transaction,
            renewal: renewal
        )
    }

    private func unreadable() -> AppleInboxFields? {
        logger.error("an App Store notification is signed, and its parts do not belong together")
        return nil
    }
}
