import DaemonRuntime
import Logging
import Model
import PaymentProviders

extension Wiring {
    /// Asks each store that can be asked; nil where none can.
    func reconciliation(_ stores: StoreConnections) -> Reconciliation? {
        let reconcilers = storeReconcilers(stores)
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

    /// The stores that can be asked.
    func storeReconcilers(_ stores: StoreConnections) -> [any StoreReconciler] {
        let logger = Logger(label: "reconciliation")
        let clock: @Sendable () -> Timestamp = { SystemClock.now() }
        var reconcilers: [any StoreReconciler] = []
        if let api = stores.stripe {
            reconcilers.append(
                StripeReconciler(
                    store: store,
                    api: api,
                    catalogue: settings.tiers,
                    environment: environment,
                    policy: settings.billingPolicy,
                    signal: signals.stripe,
                    clock: clock,
                    logger: logger
                )
            )
        }
        if let verifier = stores.apple, let api = stores.appleAPI {
            reconcilers.append(
                AppleReconciler(
                    store: store,
                    api: api,
                    verifier: verifier,
                    catalogue: settings.tiers,
                    policy: settings.billingPolicy,
                    signal: signals.apple,
                    clock: clock,
                    logger: logger
                )
            )
        }
        if let api = stores.google {
            reconcilers.append(
                GoogleReconciler(
                    store: store,
                    api: api,
                    catalogue: settings.tiers,
                    environment: environment,
                    policy: settings.billingPolicy,
                    signal: signals.google,
                    clock: clock,
                    logger: logger
                )
            )
        }
        return reconcilers
    }
}
