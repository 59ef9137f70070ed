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
    private let hasKey: Bool
    private let logger: QuietLogger

    /// - Parameters:
    ///   - secrets: the endpoint's `whsec_…`; two while it is rolled.
    ///   - hasKey: whether there is an API key, with which an event's object can be asked for.
    /// - Throws: `WebhookSecretProblem`; an empty secret would let everybody sign.
    public init(
        store: Store,
        secrets: [Secret<String>],
        environment: BillingEnvironment,
        hasKey: Bool = false,
        signal: WakeSignal,
        logger: Logger
    ) throws(WebhookSecretProblem) {
        guard !secrets.isEmpty else { throw .none }
        guard secrets.allSatisfy({ !$0.reveal().isEmpty }) else { throw .empty }
        intake = EventIntake(provider: .stripe, store: store, signal: signal, logger: logger)
        self.secrets = secrets
        self.environment = environment
        self.hasKey = hasKey
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
        if let event = StripeThinEvent(body: body) { return await receive(event, now: now) }
        let event: StripeEvent
        do throws(StripeEventError) {
            event = try StripeEvent(body: body)
        } catch {
            // Any answer of success would be the last that is heard of it.
            logger.error("a Stripe webhook is signed and cannot be read", metadata: ["reason": "\(error)"])
            return .unreadable
        }
        guard event.livemode == (environment == .production), let fields = event.fields else { return .ignored }
        return await intake.record(event.id.text, fields, now: now)
    }

    private func receive(_ event: StripeThinEvent, now: Timestamp) async -> WebhookAnswer {
        guard event.livemode == (environment == .production), let fields = event.fields else { return .ignored }
        guard hasKey else {
            logger.error(
                "a Stripe webhook only names its object, and there is no API key to ask for it with",
                metadata: ["event": "\(event.id.text)", "type": "\(fields.type.rawValue)"]
            )
            return .needsKey
        }
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
