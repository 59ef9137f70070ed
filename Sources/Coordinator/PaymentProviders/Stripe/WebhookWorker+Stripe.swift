import Billing
import Logging
import Model
import Store

extension WebhookWorker {
    /// For Stripe's events.
    ///
    /// - Parameters:
    ///   - api: nil means that events are taken at their word.
    ///   - clock: the time, as the database and the receiver see it.
    public init(
        store: Store,
        api: StripeAPI?,
        catalogue: TierCatalogue,
        environment: BillingEnvironment,
        policy: BillingPolicy = BillingPolicy(),
        callsAtOnce: Int = 64,
        signal: WakeSignal,
        pollInterval: Duration = .seconds(5),
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.init(
            store: store,
            resolver: StripeResolver(store: store, api: api, catalogue: catalogue, environment: environment),
            policy: policy,
            callsAtOnce: callsAtOnce,
            signal: signal,
            pollInterval: pollInterval,
            clock: clock,
            logger: logger
        )
    }
}
