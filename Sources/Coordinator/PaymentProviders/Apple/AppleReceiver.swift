import Billing
import DaemonRuntime
import FoundationEssentials
import JOSE
import Logging
import Model
import Store

/// Takes the App Store's notifications in (App Store Server Notifications, version 2): verifies each signed text in them,
/// keeps the allowed fields, commits them, and wakes the worker.
public struct AppleReceiver: Sendable {
    private let intake: EventIntake
    private let verifier: AppleVerifier
    private let logger: QuietLogger

    public init(store: Store, verifier: AppleVerifier, signal: WakeSignal, logger: Logger) {
        intake = EventIntake(provider: .apple, store: store, signal: signal, logger: logger)
        self.verifier = verifier
        self.logger = QuietLogger(logger)
    }

    /// - Parameter body: `{"signedPayload": …}`.
    public func receive(body: [UInt8], now: Timestamp) async -> WebhookAnswer {
        struct Body: Decodable {
            let signedPayload: String
        }
        guard JSONLimits.allow(body), let text = try? JSONDecoder().decode(Body.self, from: Data(body)) else {
            logger.warning("refused an App Store notification that is none")
            return .badSignature
        }
        return await receive(signedPayload: text.signedPayload, from: .anybody(now: now), now: now)
    }

    func receive(signedPayload: String, from origin: AppleVerifier.Origin, now: Timestamp) async -> WebhookAnswer {
        do throws(AppleSignatureProblem) {
            guard let (notification, world) = try await verifier.notification(signedPayload, from: origin) else {
                logger.error("an App Store notification is signed and cannot be read")
                return .ignored
            }
            guard let world else {
                logger.warning("an App Store notification is of another app or environment")
                return .ignored
            }
            // A test, or one that says nothing of a subscription.
            guard let content = notification.data,
                content.signedTransactionInfo != nil || content.signedRenewalInfo != nil
            else { return .ignored }
            let reading = try await verifier.read(
                type: notification.notificationType,
                status: content.status,
                transaction: content.signedTransactionInfo,
                renewal: content.signedRenewalInfo,
                in: world,
                from: origin
            )
            return await take(reading, notification.notificationUUID, now: now)
        } catch .revocationUnknown {
            logger.error("an App Store notification cannot be verified: nobody says whether its certificates are good")
            return .unavailable
        } catch {
            logger.warning("refused an App Store notification", metadata: ["reason": "\(error)"])
            return .badSignature
        }
    }

    private func take(_ reading: AppleVerifier.Reading, _ id: String, now: Timestamp) async -> WebhookAnswer {
        switch reading {
        case .otherPurchase: return .ignored
        case .refused(let reason):
            logger.error(
                "an App Store notification is signed, and what is in it is not for us",
                metadata: ["reason": "\(reason)"]
            )
            return .ignored
        case .fields(let fields, let world):
            guard verifier.configuration.isTest(world) else { return await intake.record(id, fields, now: now) }
            guard verifier.configuration.testPurchases != nil else {
                logger.notice("ignored an App Store notification of a test purchase: test_purchases.accepted is off")
                return .ignored
            }
            logger.notice("took an App Store notification of a test purchase")
            return await intake.record(id, fields, now: now)
        }
    }
}
