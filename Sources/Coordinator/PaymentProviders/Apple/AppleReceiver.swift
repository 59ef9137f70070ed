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
            guard let (notification, isOurs) = try await verifier.notification(signedPayload, from: origin) else {
                logger.error("an App Store notification is signed and cannot be read")
                return .ignored
            }
            guard isOurs else {
                logger.warning("an App Store notification is of another app or environment")
                return .ignored
            }
            // A test, or one that says nothing of a subscription.
            guard let content = notification.data,
                content.signedTransactionInfo != nil || content.signedRenewalInfo != nil
            else { return .ignored }
            let fields = try await verifier.fields(
                type: notification.notificationType,
                transaction: content.signedTransactionInfo,
                renewal: content.signedRenewalInfo,
                from: origin
            )
            guard let fields else {
                logger.error(
                    "an App Store notification is signed, and its parts are not for us, or do not belong together"
                )
                return .ignored
            }
            return await intake.record(notification.notificationUUID, fields, now: now)
        } catch .revocationUnknown {
            logger.error("an App Store notification cannot be verified: nobody says whether its certificates are good")
            return .unavailable
        } catch {
            logger.warning("refused an App Store notification", metadata: ["reason": "\(error)"])
            return .badSignature
        }
    }
}
