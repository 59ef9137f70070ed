import Billing
import Database
import Model

extension Store {
    public func subscription(_ id: SubscriptionID) async throws -> SubscriptionRecord? {
        try await pool.read { transaction in try Self.subscription(id, in: transaction) }
    }

    public func subscription(_ reference: StoreReference) async throws -> SubscriptionRecord? {
        try await pool.read { transaction in try Self.subscription(reference, in: transaction) }
    }

    static func subscription(
        _ id: SubscriptionID,
        in transaction: Transaction
    ) throws(DatabaseError) -> SubscriptionRecord? {
        try transaction.query(byID, .uuid(id.bytes)).first.map(SubscriptionRecord.init)
    }

    static func subscription(
        _ reference: StoreReference,
        in transaction: Transaction
    ) throws(DatabaseError) -> SubscriptionRecord? {
        let rows = try transaction.query(
            byReference,
            .text(reference.provider.rawValue),
            .text(reference.environment.rawValue),
            .text(reference.text)
        )
        return try rows.first.map(SubscriptionRecord.init)
    }

    /// Those of them that there are.
    static func subscriptions(
        _ references: Set<StoreReference>,
        in transaction: Transaction
    ) throws(DatabaseError) -> [StoreReference: SubscriptionRecord] {
        guard !references.isEmpty else { return [:] }
        let references = Array(references)
        let rows = try transaction.query(
            byReferences,
            .textArray(references.map(\.provider.rawValue)),
            .textArray(references.map(\.environment.rawValue)),
            .textArray(references.map(\.text))
        )
        var found: [StoreReference: SubscriptionRecord] = [:]
        for row in rows {
            let record = try SubscriptionRecord(row)
            found[record.reference] = record
        }
        return found
    }

    /// The versions of those of them that there are.
    public func subscriptionVersions(_ references: Set<StoreReference>) async throws -> [StoreReference: Int64] {
        guard !references.isEmpty else { return [:] }
        return try await pool.read { transaction in
            try Self.subscriptions(references, in: transaction).mapValues(\.version)
        }
    }

    /// Makes everybody who would write these subscriptions, whether their rows exist or not, wait for the end of the
    /// transaction.
    static func lock(_ references: [StoreReference], in transaction: Transaction) throws(DatabaseError) {
        // In one order, so that two who want the same ones cannot wait for each other.
        let keys = Set(references.map { "subscription/\($0.provider)/\($0.environment)/\($0.text)" }).sorted()
        guard !keys.isEmpty else { return }
        transaction.enqueue(
            "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest($1::text[]) AS key",
            .textArray(keys)
        )
    }

    /// Writes what became of a subscription; `id` serves when it is new. The lock is held.
    static func save(
        _ entitlement: Entitlement,
        _ reference: StoreReference,
        id: SubscriptionID,
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) -> SubscriptionRecord {
        let rows = try transaction.executeAll([saving(entitlement, reference, id: id, now: now)])[0]
        return try SubscriptionRecord(rows[0])
    }

    static func saving(
        _ entitlement: Entitlement,
        _ reference: StoreReference,
        id: SubscriptionID,
        now: Timestamp
    ) -> BoundStatement {
        upsert.with(
            .uuid(id.bytes),
            .text(reference.provider.rawValue),
            .text(reference.environment.rawValue),
            .text(reference.text),
            .text(entitlement.tier?.text),
            .text(entitlement.state.rawValue),
            .timestamp(entitlement.accessUntil?.microseconds),
            .timestamp(entitlement.paidThrough?.microseconds),
            .bool(entitlement.autoRenew),
            .timestamp(entitlement.eventAt?.microseconds),
            .timestamp(now.microseconds),
            .text(entitlement.ledger.map { LedgerDocument($0).json }),
            .text(entitlement.invoicing.map { InvoicingDocument($0).json }),
            .textArray(entitlement.products ?? []),
            .int32(Int32(clamping: entitlement.extraPeers)),
            .text(entitlement.productProblem),
            .text(entitlement.upcoming?.tier.text),
            .timestamp(entitlement.upcoming?.at.microseconds)
        )
    }

    private static let columns = """
        id, provider, environment, store_reference, tier, state, access_until, paid_through, auto_renew, event_at,
        ledger::text AS ledger, invoicing::text AS invoicing, coalesce(products, '{}') AS products, extra_peers,
        product_problem, next_tier, next_tier_at, subscriptions.xmin::text::bigint AS version
        """

    private static let byID = Statement("SELECT \(columns) FROM subscriptions WHERE id = $1")

    private static let byReference = Statement(
        """
        SELECT \(columns) FROM subscriptions
        WHERE provider = $1 AND environment = $2 AND store_reference = $3
        """
    )

    private static let byReferences = Statement(
        """
        SELECT \(columns) FROM subscriptions
        JOIN unnest($1::text[], $2::text[], $3::text[]) AS r (p, e, t)
            ON provider = r.p AND environment = r.e AND store_reference = r.t
        """
    )

    private static let upsert = Statement(
        """
        INSERT INTO subscriptions (id, provider, environment, store_reference, tier, state, access_until, paid_through,
            auto_renew, event_at, created_at, updated_at, ledger, invoicing, products, extra_peers, product_problem,
            next_tier, next_tier_at, unusable_since, peers_due_at, reconcile_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12::text::jsonb, $13::text::jsonb,
            nullif($14, '{}'), $15, $16, $17, $18,
            CASE WHEN $6 IN ('active', 'grace') AND $5::text IS NULL THEN $11::timestamptz END, $11,
            $11 + interval '10 minutes')
        ON CONFLICT (provider, environment, store_reference) DO UPDATE SET tier = EXCLUDED.tier,
            state = EXCLUDED.state, access_until = EXCLUDED.access_until, paid_through = EXCLUDED.paid_through,
            auto_renew = EXCLUDED.auto_renew, event_at = EXCLUDED.event_at, updated_at = EXCLUDED.updated_at,
            ledger = EXCLUDED.ledger, invoicing = EXCLUDED.invoicing, products = EXCLUDED.products,
            extra_peers = EXCLUDED.extra_peers,
            product_problem = EXCLUDED.product_problem, next_tier = EXCLUDED.next_tier,
            next_tier_at = EXCLUDED.next_tier_at,
            unusable_since = CASE WHEN EXCLUDED.unusable_since IS NOT NULL
                THEN coalesce(subscriptions.unusable_since, EXCLUDED.unusable_since)
                -- A tier that the settings do not have is no use either, until another one comes.
                WHEN EXCLUDED.state IN ('active', 'grace') AND EXCLUDED.tier = subscriptions.tier
                THEN subscriptions.unusable_since END,
            peers_due_at = CASE
                WHEN (subscriptions.tier, subscriptions.extra_peers, subscriptions.state, subscriptions.access_until)
                IS DISTINCT FROM (EXCLUDED.tier, EXCLUDED.extra_peers, EXCLUDED.state, EXCLUDED.access_until)
                THEN EXCLUDED.peers_due_at ELSE subscriptions.peers_due_at END,
            reconcile_at = CASE WHEN (subscriptions.tier, subscriptions.state, subscriptions.access_until)
                IS DISTINCT FROM (EXCLUDED.tier, EXCLUDED.state, EXCLUDED.access_until)
                THEN EXCLUDED.reconcile_at ELSE subscriptions.reconcile_at END
        RETURNING \(columns)
        """
    )
}

extension SubscriptionRecord {
    init(_ row: Row) throws(DatabaseError) {
        id = try row.identifier("id")
        storeReference = try row.text("store_reference")
        version = try row.int64("version")
        var entitlement = Entitlement(
            provider: try row.named("provider"),
            environment: try row.named("environment"),
            tier: try row.optionalText("tier").flatMap { TierName($0) },
            state: try row.named("state"),
            accessUntil: try row.optionalMoment("access_until"),
            paidThrough: try row.optionalMoment("paid_through"),
            autoRenew: try row.bool("auto_renew"),
            eventAt: try row.optionalMoment("event_at"),
            ledger: try row.optionalText("ledger").map { json throws(DatabaseError) in
                guard let document = LedgerDocument(json: json) else {
                    throw .decoding(column: "ledger", problem: .malformed)
                }
                return document.ledger
            },
            invoicing: try row.optionalText("invoicing").map { json throws(DatabaseError) in
                guard let document = InvoicingDocument(json: json) else {
                    throw .decoding(column: "invoicing", problem: .malformed)
                }
                return document.ledger
            }
        )
        let products = try row.textArray("products")
        entitlement.products = products.isEmpty ? nil : products
        entitlement.extraPeers = Int(try row.int32("extra_peers"))
        entitlement.productProblem = try row.optionalText("product_problem")
        if let tier = try row.optionalText("next_tier").flatMap({ TierName($0) }),
            let at = try row.optionalMoment("next_tier_at")
        {
            entitlement.upcoming = TierChange(tier: tier, at: at)
        }
        self.entitlement = entitlement
    }
}
