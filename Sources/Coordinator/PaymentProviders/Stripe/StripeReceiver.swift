import Billing
import DaemonRuntime
import Logging
import Model
import Store

/// Takes Stripe's events in: verifies, keeps the allowed fields, commits them, and wakes the worker.
public struct StripeReceiver: Sendable {
    private let intake: EventIntake
    private let secrets: [Secret<String>]
    private let environment: BillingEnvironment
    private let logger: QuietLogger

    /// - Parameter secrets: the endpoint's `whsec_…`; two while it is rolled.
    /// - Throws: `WebhookSecretProblem`; an empty secret would let everybody sign.
    public init(
        store: Store,
        secrets: [Secret<String>],
        environment: BillingEnvironment,
        signal: WakeSignal,
        logger: Logger
    ) throws(WebhookSecretProblem) {
        guard !secrets.isEmpty else { throw .none }
        guard secrets.allSatisfy({ !$0.reveal().isEmpty }) else { throw .empty }
        intake = EventIntake(provider: .stripe, store: store, signal: signal, logger: logger)
        self.secrets = secrets
        self.environment = environment
        self.logger = QuietLogger(logger)
    }

    /// - Parameters:
    ///   - header: `Stripe-Signature`.
    ///   - body: as it came, byte for byte.
    public func receive(header: String, body: [UInt8], now: Timestamp) async -> WebhookAnswer {
        do throws(StripeSignatureError) {
            try StripeSignature.verify(header: header, body: body, secrets: secrets, now: now)
        } catch {
            logger.warning("refused a Stripe webhook", metadata: ["reason": "\(error)"])
            return .badSignature
        }
        let event: StripeEvent
        do throws(StripeEventError) {
            event = try StripeEvent(body: body)
        } catch {
            logger.error("a Stripe webhook is signed and cannot be read", metadata: ["reason": "\(error)"])
            return .ignored
        }
        guard event.livemode == (environment == .production), let fields = event.fields else { return .ignored }
        return await intake.record(event.id.text, fields, now: now)
    }
}

/// Why no webhook can be verified.
public enum WebhookSecretProblem: Error, Hashable, Sendable, CustomStringConvertible {
    case none
    case empty

    public var description: String {
        switch self {
        case .none: "no Stripe webhook secret is configured"
        case .empty: "the Stripe webhook secret is empty: copy the whsec_… text of the endpoint"
        }
    }
}
