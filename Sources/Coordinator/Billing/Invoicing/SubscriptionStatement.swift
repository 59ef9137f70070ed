import Model

/// What a store that sends invoices says of a subscription at one moment.
public struct SubscriptionStatement: Hashable, Sendable {
    /// How the store asks for the money.
    public enum Collection: Hashable, Sendable {
        /// It charges the payer's card or account.
        case automatic
        /// It mails an invoice, which is due after this time.
        case mailed(due: Duration)
        /// Nobody pays for this time: a trial, or a pause in which the service goes on.
        case free
        /// Nobody pays, and nothing is served beyond what was paid: a pause in which the service stands still.
        case suspended
    }

    /// What the newest invoice comes to.
    public enum Owing: Hashable, Sendable {
        /// An event does not say.
        case unknown
        /// It is paid, or was forgiven.
        case nothing
        /// The store has not asked for the money yet.
        case notAsked
        /// The payment is under way, or not due before this moment.
        case open(due: Timestamp?)
    }

    /// Which kind of word it is: of two from the same second the later kind counts.
    public enum Stage: Int, Hashable, Sendable {
        case created
        case changed
        case ended
        /// The answer to a question, which is newer than whatever was written down.
        case answered
    }

    public let at: Timestamp
    public let stage: Stage
    public let report: StoreReport
    public let collection: Collection
    public let owing: Owing
    /// What it was before, where this word says that it changed.
    public let statusBefore: StoreStatus?
    public let tierBefore: TierName?

    public init(
        at: Timestamp,
        stage: Stage = .changed,
        report: StoreReport,
        collection: Collection = .automatic,
        owing: Owing = .unknown,
        statusBefore: StoreStatus? = nil,
        tierBefore: TierName? = nil
    ) {
        self.at = at
        self.stage = stage
        self.report = report
        self.collection = collection
        self.owing = owing
        self.statusBefore = statusBefore
        self.tierBefore = tierBefore
    }

    var withoutProducts: SubscriptionStatement {
        SubscriptionStatement(
            at: at,
            stage: stage,
            report: report.withoutProducts,
            collection: collection,
            owing: owing,
            statusBefore: statusBefore,
            tierBefore: tierBefore
        )
    }

    public var status: StoreStatus { report.status }
    public var tier: TierName? { report.tier }
    public var periodStart: Timestamp? { report.periodStart }
    public var periodEnd: Timestamp? { report.periodEnd }
    /// Whether another period follows.
    public var renews: Bool { report.autoRenew }
}

extension SubscriptionStatement {
    /// Whether it says of itself that it came after the other one, of the same second.
    private func follows(_ other: SubscriptionStatement) -> Bool {
        (statusBefore != nil || tierBefore != nil)
            && (statusBefore ?? status) == other.status && (tierBefore ?? tier) == other.tier
    }

    /// The one that counts, of several from the same second. The order in which they are given does not matter.
    static func last(of statements: Set<SubscriptionStatement>) -> SubscriptionStatement? {
        let ends = statements.filter { one in
            !statements.contains { other in other != one && other.follows(one) && !one.follows(other) }
        }
        return (ends.isEmpty ? statements : ends).max { $0.precedes($1) }
    }

    /// A total order of what one second may hold.
    func precedes(_ other: SubscriptionStatement) -> Bool {
        if stage != other.stage { return stage.rawValue < other.stage.rawValue }
        if periodStart != other.periodStart {
            return (periodStart ?? .distantPast) < (other.periodStart ?? .distantPast)
        }
        if status != other.status { return status.rank < other.status.rank }
        if periodEnd != other.periodEnd { return (periodEnd ?? .distantPast) < (other.periodEnd ?? .distantPast) }
        if tier != other.tier { return (tier?.text ?? "") < (other.tier?.text ?? "") }
        return "\(self)" < "\(other)"
    }
}

extension StoreStatus {
    fileprivate var rank: Int {
        switch self {
        case .pending: 0
        case .active: 1
        case .grace: 2
        case .pastDue: 3
        case .hold: 4
        case .ended: 5
        }
    }
}
