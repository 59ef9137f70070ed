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
        public let tier: TierName
        public let purchasedAt: Timestamp
        public let expiresAt: Timestamp
        /// The money went back, or the family no longer shares it.
        public let revokedAt: Timestamp?
        /// Another product took its place before its end.
        public let isUpgraded: Bool
        public let signedAt: Timestamp

        public init(
            id: String,
            tier: TierName,
            purchasedAt: Timestamp,
            expiresAt: Timestamp,
            revokedAt: Timestamp? = nil,
            isUpgraded: Bool = false,
            signedAt: Timestamp
        ) {
            self.id = id
            self.tier = tier
            self.purchasedAt = purchasedAt
            self.expiresAt = expiresAt
            self.revokedAt = revokedAt
            self.isUpgraded = isUpgraded
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
        public let signedAt: Timestamp

        public init(autoRenews: Bool, graceUntil: Timestamp? = nil, isInBillingRetry: Bool = false, signedAt: Timestamp)
        {
            self.autoRenews = autoRenews
            self.graceUntil = graceUntil
            self.isInBillingRetry = isInBillingRetry
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

    /// Whether the period that was bought last was taken back.
    var isRevoked: Bool { latest { _ in true }?.revokedAt != nil }

    private func latest(where condition: (Transaction) -> Bool) -> Transaction? {
        periods.values.compactMap(\.effective).filter(condition)
            .max { ($0.purchasedAt, $0.id) < ($1.purchasedAt, $1.id) }
    }

    /// Of two versions the one signed later; of two that were signed in the same moment the one that gives less.
    private static func later(_ held: Transaction?, _ other: Transaction) -> Transaction {
        guard let held else { return other }
        return held.order < other.order ? other : held
    }
}

extension AppStoreLedger.Transaction {
    /// A total order, so that the outcome does not depend on who came first.
    fileprivate var order: (Int64, Int, Int, Int64, String) {
        (
            signedAt.microseconds, revokedAt == nil ? 0 : 1, isUpgraded ? 1 : 0, -expiresAt.microseconds, tier.text
        )
    }
}

extension AppStoreLedger.Renewal {
    fileprivate var order: (Int64, Int64, Int, Int) {
        (signedAt.microseconds, -(graceUntil?.microseconds ?? 0), isInBillingRetry ? 1 : 0, autoRenews ? 0 : 1)
    }
}
