import Billing
import Logging
import Model
import Store

/// Asks Stripe for what its events did not say.
public struct StripeReconciler: StoreReconciler {
    /// More than a month of failures would be read in: something else is wrong then.
    private static let pagesMax = 1000

    public let provider = PaymentProvider.stripe
    private let api: StripeAPI
    private let resolver: StripeResolver
    private let desk: AnswerDesk
    private let intake: EventIntake

    /// - Parameter signal: wakes the worker of Stripe's events.
    public init(
        store: Store,
        api: StripeAPI,
        catalogue: TierCatalogue,
        environment: BillingEnvironment,
        policy: BillingPolicy = BillingPolicy(),
        signal: WakeSignal,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.api = api
        resolver = StripeResolver(store: store, api: api, catalogue: catalogue, environment: environment)
        desk = AnswerDesk(store: store, policy: policy, clock: clock)
        intake = EventIntake(provider: .stripe, store: store, signal: signal, logger: logger)
    }

    public func refresh(_ reference: StoreReference) async throws(ReconciliationFailure) -> RefreshOutcome {
        guard reference.provider == provider, reference.environment == resolver.environment,
            let id = StripeID(reference.text)
        else { return .elsewhere }
        return try await desk.apply(reference) { seen in
            try await resolver.answer(id, at: desk.clock(), seen: seen)
        }.outcome
    }

    public func recoverMissed(since: Timestamp) async throws(ReconciliationFailure) -> Int {
        var (count, last) = (0, StripeID?.none)
        for _ in 0..<Self.pagesMax {
            let page = try await page(since: since, after: last)
            for event in page.data where event.livemode == (resolver.environment == .production) {
                guard let fields = event.fields else { continue }
                if try await intake.recover(event.id.text, fields, now: desk.clock()) { count += 1 }
            }
            guard page.has_more, let next = page.data.last?.id, next != last else { break }
            last = next
        }
        return count
    }

    private func page(
        since: Timestamp,
        after last: StripeID?
    ) async throws(ReconciliationFailure) -> StripePage<StripeEvent> {
        do throws(StripeAPIError) {
            return try await api.undeliveredEvents(since: since, after: last)
        } catch {
            throw .store("\(error)")
        }
    }
}
