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

    private var environment: BillingEnvironment { settings[Declared.production] ? .production : .sandbox }

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

    func orderDesk(_ pepper: Pepper) -> OrderDesk {
        let links = settings[Declared.paymentLinks]
        return OrderDesk(store: store, tiers: Set(settings.tiers.tiers.map(\.name)), pepper: pepper) { order in
            guard let link = links[order.tier.text] else { return nil }
            let separator = link.contains("?") ? "&" : "?"
            return "\(link)\(separator)client_reference_id=\(Hexadecimal.encode(order.claimHash))"
        }
    }

    func storeReceivers(_ secrets: Secrets) throws -> StoreReceivers {
        StoreReceivers(stripe: try stripeReceiver(secrets), apple: try appleReceiver(), google: googleReceiver())
    }

    /// Nil without a secret: then the webhook's address does not exist.
    private func stripeReceiver(_ secrets: Secrets) throws -> StripeReceiver? {
        guard let secret = try secrets.store.secret(.stripeWebhookSecret) else {
            logger.notice(
                "no Stripe webhooks are taken",
                metadata: ["missing": "\(secrets.store.path(of: .stripeWebhookSecret))"]
            )
            return nil
        }
        do {
            return try StripeReceiver(
                store: store,
                secrets: [secret],
                environment: environment,
                signal: signals.stripe,
                logger: Logger(label: "webhooks")
            )
        } catch {
            throw StartFailure.webhookSecret("\(error)")
        }
    }

    /// Nil where nothing is sold at the App Store.
    private func appleReceiver() throws -> AppleReceiver? {
        guard !settings[Declared.appleBundleID].isEmpty else { return nil }
        let path = settings[Declared.appleRoot]
        let root: [UInt8]
        do {
            root = try AppleRoot.read(path, fingerprint: settings[Declared.appleRootFingerprint])
        } catch {
            throw StartFailure.appleRoot(path: path, reason: "\(error)")
        }
        return try AppleReceiver(
            store: store,
            configuration: AppleReceiver.Configuration(
                bundleID: settings[Declared.appleBundleID],
                appID: Int64(settings[Declared.appleAppID]),
                environment: environment,
                root: root
            ),
            signal: signals.apple,
            logger: Logger(label: "webhooks")
        )
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

    /// Asks each store that can be asked; nil where none can.
    func reconciliation(_ secrets: Secrets) throws -> Reconciliation? {
        let reconcilers = try reconcilers(secrets)
        guard !reconcilers.isEmpty else { return nil }
        return Reconciliation(
            store: store,
            reconcilers: reconcilers,
            environment: environment,
            instance: instance,
            pace: Reconciliation.Pace(perSecond: settings[Declared.reconcilePerSecond]),
            clock: { SystemClock.now() },
            logger: Logger(label: "reconciliation")
        )
    }

    private func reconcilers(_ secrets: Secrets) throws -> [any StoreReconciler] {
        var reconcilers: [any StoreReconciler] = []
        if let key = try secrets.store.secret(.stripeAPIKey) {
            reconcilers.append(
                StripeReconciler(
                    store: store,
                    api: StripeAPI(base: settings[Declared.stripeAPIBase], key: key),
                    catalogue: settings.tiers,
                    environment: environment,
                    signal: signals.stripe,
                    clock: { SystemClock.now() },
                    logger: Logger(label: "webhooks")
                )
            )
        }
        return reconcilers
    }

    func billingWorkers(_ secrets: Secrets) throws -> [WebhookWorker] {
        let key = try secrets.store.secret(.stripeAPIKey)
        let stripe = WebhookWorker(
            store: store,
            api: key.map { StripeAPI(base: settings[Declared.stripeAPIBase], key: $0) },
            catalogue: settings.tiers,
            environment: environment,
            signal: signals.stripe,
            clock: { SystemClock.now() },
            logger: Logger(label: "webhooks")
        )
        var workers = [stripe]
        if !settings[Declared.appleBundleID].isEmpty {
            workers.append(
                WebhookWorker(
                    store: store,
                    appleCatalogue: settings.tiers,
                    environment: environment,
                    signal: signals.apple,
                    clock: { SystemClock.now() },
                    logger: Logger(label: "webhooks")
                )
            )
        }
        if let api = try googleAPI(secrets) {
            workers.append(
                WebhookWorker(
                    store: store,
                    google: api,
                    catalogue: settings.tiers,
                    environment: environment,
                    signal: signals.google,
                    clock: { SystemClock.now() },
                    logger: Logger(label: "webhooks")
                )
            )
        }
        return workers
    }

    /// Nothing about a purchase at Google Play can be known without asking.
    private func googleAPI(_ secrets: Secrets) throws -> GoogleAPI? {
        guard !settings[Declared.googlePackage].isEmpty else { return nil }
        guard let json = try secrets.store.secret(.googleServiceAccount) else {
            let path = secrets.store.path(of: .googleServiceAccount)
            throw StartFailure.serviceAccount(path: "\(path)", reason: "there is none, and google.package is set")
        }
        do {
            return GoogleAPI(
                base: settings[Declared.googleAPIBase],
                package: settings[Declared.googlePackage],
                account: try GoogleServiceAccount(json: json),
                clock: { SystemClock.now() }
            )
        } catch {
            let path = secrets.store.path(of: .googleServiceAccount)
            throw StartFailure.serviceAccount(path: "\(path)", reason: "\(error)")
        }
    }
}
