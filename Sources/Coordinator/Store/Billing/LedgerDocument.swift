import Billing
import FoundationEssentials
import Model

/// A ledger as its column holds it: times in microseconds since 1970.
struct LedgerDocument: Hashable, Sendable, Codable {
    struct Period: Hashable, Sendable, Codable {
        /// Empty for a product that no tier has.
        let tier: String
        /// Not in what was written before version 6 of the schema; so too `is_renewal` and `in_grace`.
        let product: String?
        let is_renewal: Bool?
        let purchased: Int64
        let expires: Int64
        let revoked: Int64?
        let upgraded: Bool
        let signed: Int64
    }

    struct Versions: Hashable, Sendable, Codable {
        let store: Period?
        let device: Period?
    }

    struct Renewal: Hashable, Sendable, Codable {
        let renews: Bool
        let grace: Int64?
        let retries: Bool
        let in_grace: Bool?
        let signed: Int64
    }

    let periods: [String: Versions]
    let renewal: Renewal?

    init(_ ledger: AppStoreLedger) {
        periods = ledger.periods.mapValues { versions in
            Versions(store: versions.store.map(Period.init), device: versions.device.map(Period.init))
        }
        renewal = ledger.renewal.map { renewal in
            Renewal(
                renews: renewal.autoRenews,
                grace: renewal.graceUntil?.microseconds,
                retries: renewal.isInBillingRetry,
                in_grace: renewal.isInGrace ? true : nil,
                signed: renewal.signedAt.microseconds
            )
        }
    }

    /// Nil for what is not such a document.
    init?(json: String) {
        guard let document = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
        self = document
    }

    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Numbers, truth values and text alone: there is nothing that could not be encoded.
        let data = (try? encoder.encode(self)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    var ledger: AppStoreLedger {
        AppStoreLedger(
            periods: Dictionary(
                uniqueKeysWithValues: periods.map { id, versions in
                    (id, .init(store: versions.store?.transaction(id), device: versions.device?.transaction(id)))
                }
            ),
            renewal: renewal.map { renewal in
                .init(
                    autoRenews: renewal.renews,
                    graceUntil: renewal.grace.map { Timestamp(microseconds: $0) },
                    isInBillingRetry: renewal.retries,
                    isInGrace: renewal.in_grace ?? false,
                    signedAt: Timestamp(microseconds: renewal.signed)
                )
            }
        )
    }
}

extension LedgerDocument.Period {
    init(_ transaction: AppStoreLedger.Transaction) {
        tier = transaction.tier?.text ?? ""
        product = transaction.product
        is_renewal = transaction.isRenewal ? true : nil
        purchased = transaction.purchasedAt.microseconds
        expires = transaction.expiresAt.microseconds
        revoked = transaction.revokedAt?.microseconds
        upgraded = transaction.isUpgraded
        signed = transaction.signedAt.microseconds
    }

    func transaction(_ id: String) -> AppStoreLedger.Transaction {
        .init(
            id: id,
            tier: TierName(tier),
            product: product,
            purchasedAt: Timestamp(microseconds: purchased),
            expiresAt: Timestamp(microseconds: expires),
            revokedAt: revoked.map { Timestamp(microseconds: $0) },
            isUpgraded: upgraded,
            isRenewal: is_renewal ?? false,
            signedAt: Timestamp(microseconds: signed)
        )
    }
}
