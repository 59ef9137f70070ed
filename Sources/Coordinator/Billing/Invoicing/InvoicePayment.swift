import Model

/// A paid invoice: the time that it paid for, and the time that it gave back.
public struct InvoicePayment: Hashable, Sendable {
    /// Time of one price, from a line of the invoice.
    public struct Stretch: Hashable, Sendable {
        /// Nil where the line does not say.
        public let price: String?
        public let start: Timestamp
        public let end: Timestamp

        public init(price: String?, start: Timestamp, end: Timestamp) {
            self.price = price
            self.start = start
            self.end = end
        }
    }

    /// The invoice's id.
    public let invoice: String
    /// When the invoice was made: which of two is later decides what gives time back from which.
    public let madeAt: Timestamp
    /// When it was paid.
    public let paidAt: Timestamp
    /// The subscription's time that it paid for.
    public let times: [Stretch]
    /// What was left of an earlier price's time and was given back, with nothing in its place.
    public let credits: [Stretch]
    /// Whether money was asked for the time: a free trial beside a fee for the set-up was no purchase of time.
    public let costsMoney: Bool
    /// What was paid, in the currency's smallest unit; nil where it is not known.
    public let amount: Int64?
    /// Set where not all lines were to be seen: it paid for the subscription's period at this moment.
    public let periodAt: Timestamp?
    /// The tier of the price that was paid, where it names one.
    public let tier: TierName?

    public init(
        invoice: String,
        madeAt: Timestamp,
        paidAt: Timestamp,
        times: [Stretch],
        credits: [Stretch] = [],
        costsMoney: Bool = true,
        amount: Int64? = nil,
        periodAt: Timestamp? = nil,
        tier: TierName? = nil
    ) {
        self.invoice = invoice
        self.madeAt = madeAt
        self.paidAt = paidAt
        self.times = times
        self.credits = credits
        self.costsMoney = costsMoney
        self.amount = amount
        self.periodAt = periodAt
        self.tier = tier
    }

    /// Whether it says anything about time: an upgrade's difference, or an extra, does not.
    public var isAboutTime: Bool { !times.isEmpty || !credits.isEmpty || periodAt != nil }

    /// Whether money was paid for time, so that money back counts against time.
    public var paysForTime: Bool { costsMoney && (!times.isEmpty || periodAt != nil) }
}
