import Billing
import Database
import Model

extension Store {
    /// Brings subscriptions in line with a catalogue that was changed: products that were named before give now what it
    /// says. Nobody is asked, and nothing waits for another event.
    ///
    /// A product that the catalogue does not have (any more) takes no tier away.
    ///
    /// - Parameters:
    ///   - environment: the world that is served; test purchases have a tier of their own.
    ///   - tierNames: every tier that may be used.
    /// - Returns: how many subscriptions were changed.
    public func follow(
        _ catalogue: TierCatalogue,
        _ environment: BillingEnvironment,
        tierNames: [String],
        now: Timestamp
    ) async throws -> Int {
        let sets = try await pool.query(Self.boughtSets.with(.text(environment.rawValue))) { rows in
            try rows.map(BoughtSet.init)
        }
        var changed = 0
        for set in sets {
            let grant = catalogue.grant(of: set.products, at: set.provider)
            guard set.differs(from: grant) else { continue }
            changed += try await pool.transaction { transaction in
                try transaction.execute(
                    Self.applyGrant,
                    .text(environment.rawValue),
                    .text(set.provider.rawValue),
                    .textArray(set.products),
                    .text(grant.tier?.text),
                    .int32(Int32(clamping: grant.extraPeers)),
                    .text(grant.problem),
                    .timestamp(now.microseconds)
                )
            }
        }
        try await pool.transaction { transaction in
            transaction.enqueue(Self.noteUnusable, .textArray(tierNames), .timestamp(now.microseconds))
        }
        peersDue.wake()
        return changed
    }

    /// What an operator has to mend about products, with how many subscriptions wait for it.
    public func productProblems() async throws -> [(provider: PaymentProvider, problem: String, count: Int)] {
        try await pool.query(Self.problems.with()) { rows in
            try rows.map { row in
                (try row.named("provider"), try row.text("product_problem"), Int(try row.int64("count")))
            }
        }
    }

    private struct BoughtSet: Sendable {
        let provider: PaymentProvider
        let products: [String]
        let tier: String?
        let extraPeers: Int
        let problem: String?

        init(_ row: Row) throws(DatabaseError) {
            provider = try row.named("provider")
            products = try row.textArray("products")
            tier = try row.optionalText("tier")
            extraPeers = Int(try row.int32("extra_peers"))
            problem = try row.optionalText("product_problem")
        }

        func differs(from grant: ProductGrant) -> Bool {
            guard let name = grant.tier?.text else { return problem != grant.problem }
            return tier != name || extraPeers != grant.extraPeers || problem != grant.problem
        }
    }

    private static let boughtSets: Statement = """
        SELECT DISTINCT provider, products, tier, extra_peers, product_problem FROM subscriptions
        WHERE environment = $1 AND products IS NOT NULL AND state IN ('pending', 'active', 'grace', 'hold')
        """

    private static let applyGrant: Statement = """
        UPDATE subscriptions SET tier = coalesce($4, tier), product_problem = $6,
            extra_peers = CASE WHEN $4::text IS NULL THEN extra_peers ELSE $5 END, peers_due_at = $7, updated_at = $7
        WHERE environment = $1 AND provider = $2 AND products = $3 AND state IN ('pending', 'active', 'grace', 'hold')
        """

    /// A paid subscription is of no use without a tier that the settings have.
    private static let noteUnusable: Statement = """
        UPDATE subscriptions SET unusable_since = CASE WHEN tier = ANY ($1) THEN NULL ELSE $2 END
        WHERE state IN ('active', 'grace')
            AND (unusable_since IS NOT NULL AND tier = ANY ($1)
                OR unusable_since IS NULL AND (tier IS NULL OR tier <> ALL ($1)))
        """

    private static let problems: Statement = """
        SELECT provider, product_problem, count(*) AS count FROM subscriptions
        WHERE product_problem IS NOT NULL AND state IN ('active', 'grace', 'hold')
        GROUP BY provider, product_problem ORDER BY count DESC LIMIT 100
        """
}
