import Billing
import Model

/// Stripe's words for a subscription, put into those that all stores share.
enum StripeReport {
    /// Nil for a status that this version does not know.
    static func status(_ word: String) -> StoreStatus? {
        switch word {
        case "incomplete": .pending
        case "trialing", "active": .active
        case "past_due": .pastDue
        case "unpaid", "paused": .hold
        case "canceled", "incomplete_expired": .ended
        default: nil
        }
    }

    static func make(
        status word: String?,
        prices: [String],
        period: StripePeriod?,
        renews: Bool,
        catalogue: TierCatalogue
    ) -> Result<StoreReport, StripeReportProblem> {
        guard let word, let status = status(word) else { return .failure(.unknownStatus(word ?? "none")) }
        return .success(
            StoreReport(
                status: status,
                grant: catalogue.grant(of: prices, at: .stripe),
                periodStart: (period?.start).flatMap(UnixTime.timestamp),
                periodEnd: (period?.end).flatMap(UnixTime.timestamp),
                autoRenew: renews
            )
        )
    }
}

/// Why what Stripe says cannot be acted on.
enum StripeReportProblem: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownStatus(String)

    var description: String {
        switch self {
        case .unknownStatus(let word): "unknown subscription status \(word)"
        }
    }
}
