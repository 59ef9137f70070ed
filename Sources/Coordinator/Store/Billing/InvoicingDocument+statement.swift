import Billing
import Model

extension InvoicingDocument.Statement {
    init(_ statement: SubscriptionStatement) {
        at = statement.at.microseconds
        stage = statement.stage.rawValue
        status = statement.status.rawValue
        tier = statement.tier?.text
        start = statement.periodStart?.microseconds
        end = statement.periodEnd?.microseconds
        switch statement.collection {
        case .automatic: (collection, due_s) = ("automatic", nil)
        case .mailed(let due): (collection, due_s) = ("mailed", due.components.seconds)
        case .free: (collection, due_s) = ("free", nil)
        case .suspended: (collection, due_s) = ("suspended", nil)
        }
        switch statement.owing {
        case .unknown: (owing, due) = ("unknown", nil)
        case .nothing: (owing, due) = ("nothing", nil)
        case .notAsked: (owing, due) = ("not_asked", nil)
        case .open(let moment): (owing, due) = ("open", moment?.microseconds)
        }
        renews = statement.renews
        status_before = statement.statusBefore?.rawValue
        tier_before = statement.tierBefore?.text
    }

    /// Nil for words that nothing writes.
    var statement: SubscriptionStatement? {
        guard let stage = SubscriptionStatement.Stage(rawValue: stage), let status = StoreStatus(rawValue: status),
            let collection = knownCollection, let owing = knownOwing
        else { return nil }
        return SubscriptionStatement(
            at: Timestamp(microseconds: at),
            stage: stage,
            report: StoreReport(
                status: status,
                tier: tier.flatMap { TierName($0) },
                periodStart: start.map { Timestamp(microseconds: $0) },
                periodEnd: end.map { Timestamp(microseconds: $0) },
                autoRenew: renews
            ),
            collection: collection,
            owing: owing,
            statusBefore: status_before.flatMap { StoreStatus(rawValue: $0) },
            tierBefore: tier_before.flatMap { TierName($0) }
        )
    }

    private var knownCollection: SubscriptionStatement.Collection? {
        switch collection {
        case "automatic": .automatic
        case "mailed": .mailed(due: .seconds(due_s ?? 0))
        case "free": .free
        case "suspended": .suspended
        default: nil
        }
    }

    private var knownOwing: SubscriptionStatement.Owing? {
        switch owing {
        case "unknown": .unknown
        case "nothing": .nothing
        case "not_asked": .notAsked
        case "open": .open(due: due.map { Timestamp(microseconds: $0) })
        default: nil
        }
    }
}
