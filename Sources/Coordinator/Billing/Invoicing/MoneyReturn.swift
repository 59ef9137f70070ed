import Model

/// Money that went back for an invoice, or did not after all. It counts against what that invoice paid for.
public struct MoneyReturn: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// How much of a charge has gone back by now, all its refunds together, where it is known; `isWhole` when that is
        /// all of the charge.
        case refunded(Int64?, isWhole: Bool)
        /// One refund of the charge failed later: this much came back again; nil where it is not known.
        case refundFailed(Int64?)
        /// The payer's bank takes the money.
        case disputed
        /// A dispute that takes nothing: an inquiry, or one that was won.
        case disputeEnded
    }

    /// The store's id of the charge, the failed refund or the dispute.
    public let id: String
    /// The charge that a refund is of.
    public let charge: String?
    public let invoice: String
    /// When the store said so, by its clock.
    public let at: Timestamp
    public let kind: Kind

    public init(id: String, charge: String? = nil, invoice: String, at: Timestamp, kind: Kind) {
        self.id = id
        self.charge = charge
        self.invoice = invoice
        self.at = at
        self.kind = kind
    }

    /// Which of two words about the same object counts: the later one; in one second the one further along.
    func isOvertaken(by other: MoneyReturn) -> Bool {
        if at != other.at { return at < other.at }
        return stage < other.stage
    }

    /// A total order, so that it does not matter who came first.
    private var stage: (Int, Int64) {
        switch kind {
        case .disputed: (0, 0)
        case .disputeEnded: (1, 0)
        case .refunded(let amount, let isWhole): (isWhole ? 3 : 2, amount ?? 0)
        case .refundFailed(let amount): (4, amount ?? .max)
        }
    }
}

extension MoneyReturn.Kind {
    /// Whether it says that nothing went back, or that it came back again.
    public var isTakenBack: Bool {
        switch self {
        case .disputeEnded, .refundFailed: true
        case .refunded(let amount, let isWhole): !isWhole && (amount ?? 0) == 0
        case .disputed: false
        }
    }
}
