import API
import Billing
import Cryptography
import DaemonRuntime
import FleetControl
import Logging
import Model
import PaymentProviders
import SecretStore
import Store

/// The stores' side.
extension Wiring {
    /// One signal for each store: who is woken looks at his own events alone.
    struct BillingSignals: Sendable {
        let stripe = WakeSignal()
        let apple = WakeSignal()
        let google = WakeSignal()
    }

    var environment: BillingEnvironment { settings[Declared.production] ? .production : .sandbox }

    func entitlementController(_ changeFeed: ChangeFeed) -> EntitlementController {
        EntitlementController(
            store: store,
            changeFeed: changeFeed,
            peerFeed: peerFeed,
            terms: SettlementTerms(
                limits: tierLimits,
                policy: settings.fleetPolicy.placement,
                retention: settings[Declared.frozenRetention]
            ),
            silenceLimit: silenceLimit,
            logger: Logger(label: "entitlements"),
            now: { SystemClock.now() }
        )
    }

    func billingWatch() -> BillingWatch {
        BillingWatch(
            store: store,
            catalogue: settings.tiers,
            environment: environment,
            tierNames: tierLimits.keys.sorted(),
            logger: Logger(label: "billing"),
            now: { SystemClock.now() }
        )
    }

    func orderDesk(_ pepper: Pepper) -> OrderDesk {
        let links = settings[Declared.paymentLinks]
        return OrderDesk(store: store, tiers: Set(settings.tiers.tiers.map(\.name)), pepper: pepper) { order in
            guard let link = links[order.tier.text] else { return nil }
            let separator = link.contains("?") ? "&" : "?"
            return "\(link)\(separator)client_reference_id=\(Hexadecimal.encode(order.claimHash))"
        }
    }

    func storeReceivers(_ stores: StoreConnections, _ secrets: Secrets) throws -> StoreReceivers {
        StoreReceivers(
            stripe: try stripeReceiver(secrets, hasKey: stores.stripe != nil),
            apple: stores.apple.map { verifier in
                AppleReceiver(
                    store: store,
                    verifier: verifier,
                    signal: signals.apple,
                    logger: Logger(label: "webhooks")
                )
            },
            google: googleReceiver()
        )
    }

    func storeClaims(_ stores: StoreConnections, _ pepper: Pepper) -> StoreClaims {
        let logger = Logger(label: "claims")
        let counter = ClaimCounter(store: store, pepper: pepper, logger: logger)
        return StoreClaims(
            apple: stores.apple.map { verifier in
                AppleClaims(
                    store: store,
                    verifier: verifier,
                    catalogue: settings.tiers,
                    policy: settings.billingPolicy,
                    counter: counter,
                    clock: { SystemClock.now() },
                    logger: logger
                )
            },
            google: stores.google.map { api in
                GoogleClaims(
                    store: store,
                    api: api,
                    catalogue: settings.tiers,
                    environment: environment,
                    testPurchases: settings.testPurchases,
                    policy: settings.billingPolicy,
                    counter: counter,
                    clock: { SystemClock.now() },
                    logger: logger
                )
            }
        )
    }

    /// Nil without a secret: then the webhook's address does not exist.
    private func stripeReceiver(_ secrets: Secrets, hasKey: Bool) throws -> StripeReceiver? {
        guard let secret = try secrets.store.secret(.stripeWebhookSecret) else {
            logger.notice(
                "no Stripe webhooks are taken",
                metadata: ["missing": "\(secrets.store.path(of: .stripeWebhookSecret))"]
            )
            return nil
        }
        if !hasKey {
            logger.warning(
                """
                without an API key Stripe's events are taken at their word; refunds and disputes whose event does not name \
                an invoice (API version 2025-03-31 and later) are set aside, and events that only name their object are \
                refused
                """,
                metadata: ["missing": "\(secrets.store.path(of: .stripeAPIKey))"]
            )
        }
        do {
            return try StripeReceiver(
                store: store,
                secrets: [secret],
                environment: environment,
                hasKey: hasKey,
                signal: signals.stripe,
                logger: Logger(label: "webhooks")
            )
        } catch {
            throw StartFailure.webhookSecret("\(error)")
        }
    }

    /// Nil where nothing is sold at Google Play. The settings have been checked.
    private func googleReceiver() -> GoogleReceiver? {
        guard !settings[Declared.googlePackage].isEmpty else { return nil }
        return GoogleReceiver(
            store: store,
            configuration: GoogleReceiver.Configuration(
                package: settings[Declared.googlePackage],
                subscription: settings[Declared.googlePushSubscription],
                audience: settings[Declared.googlePushAudience],
                account: settings[Declared.googlePushAccount],
                keysAddress: settings[Declared.googleKeys]
            ),
            signal: signals.google,
            logger: Logger(label: "webhooks")
        )
    }

    func billingWorkers(_ stores: StoreConnections) -> [WebhookWorker] {
        let stripe = WebhookWorker(
            store: store,
            api: stores.stripe,
            catalogue: settings.tiers,
            environment: environment,
            policy: settings.billingPolicy,
            callsAtOnce: settings[Declared.stripeCallsAtOnce],
            signal: signals.stripe,
            clock: { SystemClock.now() },
            logger: Logger(label: "webhooks")
        )
        var workers = [stripe]
        if stores.apple != nil {
            workers.append(
                WebhookWorker(
                    store: store,
                    appleCatalogue: settings.tiers,
                    environment: environment,
                    policy: settings.billingPolicy,
                    testPurchases: settings.testPurchases,
                    signal: signals.apple,
                    clock: { SystemClock.now() },
                    logger: Logger(label: "webhooks")
                )
            )
        }
        if let api = stores.google {
            workers.append(
                WebhookWorker(
                    store: store,
                    google: api,
                    catalogue: settings.tiers,
                    environment: environment,
                    testPurchases: settings.testPurchases,
                    policy: settings.billingPolicy,
                    callsAtOnce: settings[Declared.googleCallsAtOnce],
                    signal: signals.google,
                    clock: { SystemClock.now() },
                    logger: Logger(label: "webhooks")
                )
            )
        }
        return workers
    }
}
