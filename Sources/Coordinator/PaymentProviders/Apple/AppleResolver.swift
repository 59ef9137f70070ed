import Billing
import Model
import Store

/// What a recorded notification of the App Store's means. It carries the store's own signed word, so that nobody needs
/// to be asked.
struct AppleResolver: EventResolver {
    let provider = PaymentProvider.apple
    let catalogue: TierCatalogue
    let environment: BillingEnvironment
    /// What purchases of the sandbox may use in production; nil where they are refused.
    var testPurchases: TestPurchaseTerms?

    func resolve(fields: String) async throws -> EventResolution {
        guard let fields = try? AppleInboxFields(json: fields) else { return .park("fields of an unknown version") }
        switch answer(fields, from: .store) {
        case .effect(let effect): return .effect(effect)
        case .unusable(let reason): return .park(reason)
        case .notFound, .elsewhere: return .nothing
        }
    }

    /// What verified texts say of a subscription; `.notFound` when they say nothing, or of nothing that is served here.
    func answer(_ fields: AppleInboxFields, from source: AppStoreLedger.Source) -> StoreAnswer {
        let world = fields.environment.flatMap(BillingEnvironment.init(rawValue:)) ?? environment
        guard world == environment || testPurchases != nil else { return .elsewhere }
        var (transaction, problem): (AppStoreLedger.Transaction?, ProductProblem?)
        if let carried = fields.transaction {
            let grant = catalogue.grant(of: [carried.product], at: .apple)
            // Time that was paid for an add-on alone is no time of a tier's.
            if grant.servesNothing { return grant.problem.map { .unusable($0) } ?? .notFound }
            problem = grant.tier == nil ? grant.problems.first : nil
            // A device proves a purchase of something that is sold here, or nothing.
            if let problem, source == .device { return .unusable("\(problem)") }
            transaction = carried.transaction(grant.tier)
            if transaction == nil { return .unusable("an impossible time") }
        }
        let renewal = fields.renewal.flatMap(\.renewal)
        guard let at = [transaction?.signedAt, renewal?.signedAt].compactMap(\.self).max() else { return .notFound }
        let statement = AppStoreStatement(
            transaction: transaction,
            renewal: renewal,
            source: source,
            problem: problem
        )
        return .effect(
            InboxEffect(
                reference: reference(fields.original_transaction, world),
                events: [SubscriptionEvent(at: at, .signed(statement))],
                testTerms: world == environment ? nil : testPurchases
            )
        )
    }

    func reference(_ original: String, _ world: BillingEnvironment) -> StoreReference {
        StoreReference(provider: .apple, environment: world, text: original)
    }
}

extension AppleInboxFields.Transaction {
    /// Nil for times that no store means.
    fileprivate func transaction(_ tier: TierName?) -> AppStoreLedger.Transaction? {
        guard let purchasedAt = UnixMilliseconds.timestamp(purchased),
            let expiresAt = UnixMilliseconds.timestamp(expires), let signedAt = UnixMilliseconds.timestamp(signed)
        else { return nil }
        return .init(
            id: id,
            tier: tier,
            product: product,
            purchasedAt: purchasedAt,
            expiresAt: expiresAt,
            // Taken back at an impossible time is taken back all the same.
            revokedAt: revoked.map { UnixMilliseconds.timestamp($0) ?? signedAt },
            isUpgraded: upgraded,
            isRenewal: renews ?? false,
            signedAt: signedAt
        )
    }
}

extension AppleInboxFields.Renewal {
    fileprivate var renewal: AppStoreLedger.Renewal? {
        guard let signedAt = UnixMilliseconds.timestamp(signed) else { return nil }
        return .init(
            autoRenews: renews,
            graceUntil: grace.flatMap(UnixMilliseconds.timestamp),
            isInBillingRetry: retries,
            isInGrace: in_grace ?? false,
            signedAt: signedAt
        )
    }
}
