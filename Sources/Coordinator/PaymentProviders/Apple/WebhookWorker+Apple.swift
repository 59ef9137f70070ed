import Billing
import Logging
import Model
import Store

extension WebhookWorker {
    /// For the App Store's notifications.
    public init(
        store: Store,
        appleCatalogue catalogue: TierCatalogue,
        environment: BillingEnvironment,
        policy: BillingPolicy = BillingPolicy(),
        testPurchases: TestPurchaseTerms? = nil,
        signal: WakeSignal,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.init(
            store: store,
            resolver: AppleResolver(catalogue: catalogue, environment: environment, testPurchases: testPurchases),
            policy: policy,
            signal: signal,
            clock: clock,
            logger: logger
        )
    }
}
