import Billing
import FoundationEssentials
import Model

/// A ledger as its column holds it: times in microseconds since 1970.
struct LedgerDocument: Hashable, Sendable, Codable {
    struct Period: Hashable, Sendable, Codable {
        let tier: String
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
                    signedAt: Timestamp(microseconds: renewal.signed)
                )
            }
        )
    }
}

extension LedgerDocument.Period {
    init(_ transaction: AppStoreLedger.Transaction) {
        tier = transaction.tier.text
        purchased = transaction.purchasedAt.microseconds
        expires = transaction.expiresAt.microseconds
        revoked = transaction.revokedAt?.microseconds
        upgraded = transaction.isUpgraded
        signed = transaction.signedAt.microseconds
    }

    /// Nil where the tier is no name: nothing writes such a row.
    func transaction(_ id: String) -> AppStoreLedger.Transaction? {
        guard let tier = TierName(tier) else { return nil }
        return .init(
            id: id,
            tier: tier,
            purchasedAt: Timestamp(microseconds: purchased),
            expiresAt: Timestamp(microseconds: expires),
            revokedAt: revoked.map { Timestamp(microseconds: $0) },
            isUpgraded: upgraded,
            signedAt: Timestamp(microseconds: signed)
        )
    }
}
