import Billing
import Database
import Model

/// When each subscription's store is asked anew, and how far a store's own lists were read.
///
/// Every ten minutes where something is about to change or went wrong (access that ends or ended within a day, grace,
/// hold, a purchase that waits for its acknowledgement), daily otherwise; no longer once a subscription has been over for
/// a quarter of a year. Whoever comes back then is heard of by an event.
extension Store {
    /// Those that are due, the longest first.
    public func reconciliationsDue(
        _ provider: PaymentProvider,
        _ environment: BillingEnvironment,
        limit: Int,
        now: Timestamp
    ) async throws -> [StoreReference] {
        let statement = Self.dueReconciliations.with(
            .text(provider.rawValue),
            .text(environment.rawValue),
            .timestamp(now.microseconds),
            .int64(Int64(limit))
        )
        return try await pool.query(statement) { rows in
            try rows.map { row in
                StoreReference(provider: provider, environment: environment, text: try row.text("store_reference"))
            }
        }
    }

    /// The store was asked, whatever it said; nothing but its silence makes it be asked sooner.
    public func noteReconciled(_ reference: StoreReference, now: Timestamp) async throws {
        try await pool.transaction { transaction in
            transaction.enqueue(
                Self.noteReconciled,
                .text(reference.provider.rawValue),
                .text(reference.environment.rawValue),
                .text(reference.text),
                .timestamp(now.microseconds)
            )
        }
    }

    /// Until when the store's list of what did not get through was read; nil before the first time.
    public func missedEventsReadUntil(
        _ provider: PaymentProvider,
        _ environment: BillingEnvironment
    ) async throws -> Timestamp? {
        let statement = Self.readMark.with(.text(provider.rawValue), .text(environment.rawValue))
        return try await pool.query(statement) { rows in try rows.first.map { row in try row.moment("read_until") } }
    }

    public func noteMissedEventsRead(
        _ provider: PaymentProvider,
        _ environment: BillingEnvironment,
        until: Timestamp
    ) async throws {
        try await pool.transaction { transaction in
            transaction.enqueue(
                Self.writeMark,
                .text(provider.rawValue),
                .text(environment.rawValue),
                .timestamp(until.microseconds)
            )
        }
    }

    private static let dueReconciliations: Statement = """
        SELECT store_reference FROM subscriptions
        WHERE provider = $1 AND environment = $2 AND reconcile_at <= $3 ORDER BY reconcile_at LIMIT $4
        """

    private static let noteReconciled: Statement = """
        UPDATE subscriptions SET reconcile_at = CASE
            WHEN state = 'superseded'
                OR (state IN ('expired', 'revoked') AND coalesce(event_at, updated_at) < $4 - interval '90 days') THEN NULL
            WHEN state IN ('grace', 'hold') OR unacknowledged_since IS NOT NULL
                OR access_until BETWEEN $4 - interval '1 day' AND $4 + interval '1 day' THEN $4 + interval '10 minutes'
            WHEN access_until > $4 THEN least($4 + interval '1 day', access_until - interval '1 day')
            ELSE $4 + interval '1 day' END
        WHERE provider = $1 AND environment = $2 AND store_reference = $3
        """

    private static let readMark: Statement =
        "SELECT read_until FROM reconciliation_marks WHERE provider = $1 AND environment = $2"

    private static let writeMark: Statement = """
        INSERT INTO reconciliation_marks AS m (provider, environment, read_until) VALUES ($1, $2, $3)
        ON CONFLICT (provider, environment) DO UPDATE SET read_until = greatest(m.read_until, EXCLUDED.read_until)
        """
}
