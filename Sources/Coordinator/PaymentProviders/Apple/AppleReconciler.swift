import Billing
import Logging
import Model
import Store

/// Asks the App Store for what its notifications did not say.
public struct AppleReconciler: StoreReconciler {
    /// The App Store keeps notifications for 180 days, and 30 in its sandbox; an hour is for the clocks.
    private static let keptInProduction: Duration = .seconds(180 * 86_400 - 3600)
    private static let keptInSandbox: Duration = .seconds(30 * 86_400 - 3600)
    private static let pagesMax = 1000

    public let provider = PaymentProvider.apple
    private let api: AppleServerAPI
    private let verifier: AppleVerifier
    private let resolver: AppleResolver
    private let receiver: AppleReceiver
    private let desk: AnswerDesk

    /// - Parameter signal: wakes the worker of the App Store's events.
    public init(
        store: Store,
        api: AppleServerAPI,
        verifier: AppleVerifier,
        catalogue: TierCatalogue,
        policy: BillingPolicy = BillingPolicy(),
        signal: WakeSignal,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.api = api
        self.verifier = verifier
        resolver = AppleResolver(catalogue: catalogue, environment: verifier.configuration.environment)
        receiver = AppleReceiver(store: store, verifier: verifier, signal: signal, logger: logger)
        desk = AnswerDesk(store: store, policy: policy, clock: clock)
    }

    public func refresh(_ reference: StoreReference) async throws(ReconciliationFailure) -> RefreshOutcome {
        guard reference.provider == provider, reference.environment == resolver.environment else { return .elsewhere }
        return try await desk.apply(reference) { _ in try await answer(reference.text) }.outcome
    }

    /// Notifications that did not get through: each is verified and recorded as if it had come now.
    public func recoverMissed(since: Timestamp) async throws(ReconciliationFailure) -> Int {
        let now = desk.clock()
        let kept = resolver.environment == .production ? Self.keptInProduction : Self.keptInSandbox
        let start = max(since, now - kept)
        var (count, next) = (0, String?.none)
        for _ in 0..<Self.pagesMax {
            let page = try await page(since: start, until: now, next)
            for item in page.notificationHistory {
                switch await receiver.receive(signedPayload: item.signedPayload, from: .store, now: now) {
                case .ok: count += 1
                case .unavailable: throw .database("the inbox takes nothing")
                case .duplicate, .ignored, .badSignature, .unreadable, .needsKey: break
                }
            }
            guard page.hasMore, let token = page.paginationToken, token != next else { break }
            next = token
        }
        return count
    }

    /// The customer's other subscriptions are in the answer as well, and have references of their own.
    private func answer(_ original: String) async throws -> StoreAnswer {
        guard let statuses = try await api.statuses(of: original) else { return .notFound }
        guard let item = statuses.items.first(where: { $0.originalTransactionId == original }) else { return .notFound }
        let reading = try await verifier.read(
            type: "status",
            status: item.status,
            transaction: item.signedTransactionInfo,
            renewal: item.signedRenewalInfo,
            in: resolver.environment,
            from: .store
        )
        guard case .fields(let fields, _) = reading else { return .elsewhere }
        // What is said outside the signature is not what is signed.
        guard fields.original_transaction == original else {
            return .unusable("the App Store answered with another subscription")
        }
        return resolver.answer(fields, from: .store)
    }

    private func page(
        since: Timestamp,
        until: Timestamp,
        _ next: String?
    ) async throws(ReconciliationFailure) -> AppleNotificationHistory {
        do throws(AppleAPIError) {
            return try await api.undeliveredNotifications(since: since, until: until, page: next)
        } catch {
            throw .store("\(error)")
        }
    }
}
