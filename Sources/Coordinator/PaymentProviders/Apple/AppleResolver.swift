import Billing
import Model
import Store

/// What a recorded notification of the App Store's means. It carries the store's own signed word, so that nobody needs
/// to be asked.
struct AppleResolver: EventResolver {
    let provider = PaymentProvider.apple
    let catalogue: TierCatalogue
    let environment: BillingEnvironment

    func resolve(fields: String) async throws -> EventResolution {
        guard let fields = try? AppleInboxFields(json: fields) else { return .park("fields of an unknown version") }
        switch answer(fields, from: .store) {
        case .effect(let effect): return .effect(effect)
        case .unusable(let reason): return .park(reason)
        case .notFound, .elsewhere: return .nothing
        }
    }

    /// What verified texts say of a subscription; `.notFound` when they say nothing.
    func answer(_ fields: AppleInboxFields, from source: AppStoreLedger.Source) -> StoreAnswer {
        var transaction: AppStoreLedger.Transaction?
        if let carried = fields.transaction {
            switch catalogue.tier(of: [carried.product], at: .apple) {
            case .success(let tier): transaction = carried.transaction(tier)
            case .failure(let problem): return .unusable("\(problem)")
            }
            if transaction == nil { return .unusable("an impossible time") }
        }
        let renewal = fields.renewal.flatMap(\.renewal)
        guard let at = [transaction?.signedAt, renewal?.signedAt].compactMap(\.self).max() else { return .notFound }
        let statement = AppStoreStatement(transaction: transaction, renewal: renewal, source: source)
        return .effect(
            InboxEffect(
                reference: reference(fields.original_transaction),
                events: [SubscriptionEvent(at: at, .signed(statement))]
            )
        )
    }

    func reference(_ original: String) -> StoreReference {
        StoreReference(provider: .apple, environment: environment, text: original)
    }
}

extension AppleInboxFields.Transaction {
    /// Nil for times that no store means.
    fileprivate func transaction(_ tier: TierName) -> AppStoreLedger.Transaction? {
        guard let purchasedAt = UnixMilliseconds.timestamp(purchased),
            let expiresAt = UnixMilliseconds.timestamp(expires), let signedAt = UnixMilliseconds.timestamp(signed)
        else { return nil }
        return .init(
            id: id,
            tier: tier,
            purchasedAt: purchasedAt,
            expiresAt: expiresAt,
            // Taken back at an impossible time is taken back all the same.
            revokedAt: revoked.map { UnixMilliseconds.timestamp($0) ?? signedAt },
            isUpgraded: upgraded,
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
            signedAt: signedAt
        )
    }
}
