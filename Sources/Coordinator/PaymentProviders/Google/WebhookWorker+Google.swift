import Billing
import Logging
import Model
import Store

extension WebhookWorker {
    /// For Google Play's notifications.
    public init(
        store: Store,
        google api: GoogleAPI,
        catalogue: TierCatalogue,
        environment: BillingEnvironment,
        testPurchases: TestPurchaseTerms? = nil,
        policy: BillingPolicy = BillingPolicy(),
        callsAtOnce: Int = 64,
        signal: WakeSignal,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.init(
            store: store,
            resolver: GoogleResolver(
                store: store,
                api: api,
                catalogue: catalogue,
                environment: environment,
                testPurchases: testPurchases,
                clock: clock,
                logger: logger
            ),
            policy: policy,
            callsAtOnce: callsAtOnce,
            signal: signal,
            clock: clock,
            logger: logger
        )
    }
}
