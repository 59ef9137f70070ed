import Model

/// Everything that the App Store has signed about one subscription, as far as access depends on it.
///
/// Each part is kept in its latest signed version, so that the ledger is the same in whatever order, and however often,
/// the parts come; what is missing is made good by the store's own list of them.
public struct AppStoreLedger: Hashable, Sendable {
    /// One paid period.
    public struct Transaction: Hashable, Sendable {
        /// `transactionId`.
        public let id: String
        /// Nil for a product that no tier has.
        public let tier: TierName?
        /// `productId`; nil for what was recorded before it was kept.
        public let product: String?
        public let purchasedAt: Timestamp
        public let expiresAt: Timestamp
        /// The money went back, or the family no longer shares it.
        public let revokedAt: Timestamp?
        /// Another product took its place before its end.
        public let isUpgraded: Bool
        /// It renews the period before it, and begins where that one ends, however early it was paid.
        public internal(set) var isRenewal: Bool
        public let signedAt: Timestamp

        public init(
            id: String,
            tier: TierName?,
            product: String? = nil,
            purchasedAt: Timestamp,
            expiresAt: Timestamp,
            revokedAt: Timestamp? = nil,
            isUpgraded: Bool = false,
            isRenewal: Bool = false,
            signedAt: Timestamp
        ) {
            self.id = id
            self.tier = tier
            self.product = product
            self.purchasedAt = purchasedAt
            self.expiresAt = expiresAt
            self.revokedAt = revokedAt
            self.isUpgraded = isUpgraded
            self.isRenewal = isRenewal
            self.signedAt = signedAt
        }
    }

    /// What the store means to do at the end of the period.
    public struct Renewal: Hashable, Sendable {
        public let autoRenews: Bool
        /// A payment failed, and the store gives access up to this moment.
        public let graceUntil: Timestamp?
        /// A payment failed, and the store goes on trying.
        public let isInBillingRetry: Bool
        /// The store says that it gives grace (`status` 4), with or without a date.
        public let isInGrace: Bool
        public let signedAt: Timestamp

        public init(
            autoRenews: Bool,
            graceUntil: Timestamp? = nil,
            isInBillingRetry: Bool = false,
            isInGrace: Bool = false,
            signedAt: Timestamp
        ) {
            self.autoRenews = autoRenews
            self.graceUntil = graceUntil
            self.isInBillingRetry = isInBillingRetry
            self.isInGrace = isInGrace
            self.signedAt = signedAt
        }
    }

    /// Who handed a signed text in. What a device hands in was signed by the store as well, but the device chooses what.
    public enum Source: Hashable, Sendable {
        case store
        case device
    }

    /// The latest versions of a transaction, from either.
    public struct Versions: Hashable, Sendable {
        public internal(set) var store: Transaction?
        public internal(set) var device: Transaction?

        public init(store: Transaction? = nil, device: Transaction? = nil) {
            self.store = store
            self.device = device
        }

        /// A device never clears a revocation: once the store itself has spoken of a transaction, what it said stands.
        var effective: Transaction? { store ?? device }
    }

    /// Periods that are kept, latest first: enough for a year of the shortest ones that a store sells.
    public static let periodsMax = 64

    public private(set) var periods: [String: Versions]
    public private(set) var renewal: Renewal?

    public init(periods: [String: Versions] = [:], renewal: Renewal? = nil) {
        self.periods = periods
        self.renewal = renewal
    }

    public mutating func take(_ transaction: Transaction, from source: Source) {
        var versions = periods[transaction.id] ?? Versions()
        switch source {
        case .store: versions.store = Self.later(versions.store, transaction)
        case .device: versions.device = Self.later(versions.device, transaction)
        }
        periods[transaction.id] = versions
        guard periods.count > Self.periodsMax else { return }
        let oldest = periods.min { left, right in
            let (a, b) = (left.value.effective?.purchasedAt, right.value.effective?.purchasedAt)
            return (a?.microseconds ?? .min, left.key) < (b?.microseconds ?? .min, right.key)
        }
        if let oldest { periods[oldest.key] = nil }
    }

    public mutating func take(_ renewal: Renewal) {
        guard let held = self.renewal else {
            self.renewal = renewal
            return
        }
        self.renewal = held.order < renewal.order ? renewal : held
    }

    /// The period that counts: the one bought last that was neither taken back nor replaced. Not the one that ends last.
    public var current: Transaction? { latest { $0.revokedAt == nil && !$0.isUpgraded } }

    /// The period that is still running when the next one was paid early; nil where there is none.
    ///
    /// A renewal is paid up to a day before the end, and a downgrade takes effect with it: the tier that was paid stays
    /// until its end. An upgrade is no renewal, and begins when it is bought.
    func predecessor(of current: Transaction, at now: Timestamp) -> Transaction? {
        guard current.isRenewal || now < current.purchasedAt else { return nil }
        let before = latest {
            $0.id != current.id && $0.revokedAt == nil && !$0.isUpgraded
                && ($0.purchasedAt, $0.id) < (current.purchasedAt, current.id)
        }
        guard let before, now < before.expiresAt, before.expiresAt < current.expiresAt else { return nil }
        return before
    }

    /// Whether the period that was bought last was taken back.
    var isRevoked: Bool { latest { _ in true }?.revokedAt != nil }

    private func latest(where condition: (Transaction) -> Bool) -> Transaction? {
        periods.values.compactMap(\.effective).filter(condition)
            .max { ($0.purchasedAt, $0.id) < ($1.purchasedAt, $1.id) }
    }

    /// Of two versions the one signed later; of two that were signed in the same moment the one that gives less.
    private static func later(_ held: Transaction?, _ other: Transaction) -> Transaction {
        guard let held else { return other }
        var later = held.order < other.order ? other : held
        // The same text again: its product's tier is the one that the settings name now.
        if held.order == other.order, other.tier != nil { later = other }
        // Not every text says so.
        later.isRenewal = held.isRenewal || other.isRenewal
        return later
    }
}

extension AppStoreLedger.Transaction {
    /// A total order of what the store says, so that the outcome does not depend on who came first.
    fileprivate var order: (Int64, Int, Int, Int64, String) {
        (
            signedAt.microseconds, revokedAt == nil ? 0 : 1, isUpgraded ? 1 : 0, -expiresAt.microseconds,
            product ?? ""
        )
    }
}

extension AppStoreLedger.Renewal {
    fileprivate var order: (Int64, Int64, Int, Int, Int) {
        (
            signedAt.microseconds, -(graceUntil?.microseconds ?? 0), isInGrace ? 0 : 1, isInBillingRetry ? 1 : 0,
            autoRenews ? 0 : 1
        )
    }
}
