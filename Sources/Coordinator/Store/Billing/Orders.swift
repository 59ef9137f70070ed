import Billing
import Database
import Model

extension Store {
    /// Registers an order, once however often it is asked. An order that nobody paid is prolonged by asking again.
    ///
    /// - Parameter claimHash: SHA-256 of the app's secret, 32 bytes.
    public func registerOrder(
        claimHash: [UInt8],
        tier: TierName,
        now: Timestamp,
        lifetime: Duration = .seconds(7 * 86_400)
    ) async throws -> OrderRegistration {
        let id = OrderID.random()
        return try await pool.transaction { transaction in
            let inserted = try transaction.query(
                Self.insertOrder,
                .uuid(id.bytes),
                .bytes(claimHash),
                .text(tier.text),
                .timestamp(now.microseconds),
                .timestamp((now + lifetime).microseconds)
            )
            let order = try Order(inserted[0])
            if order.id == id { return .new(order) }
            return order.tier == tier ? .repeated(order) : .otherTier
        }
    }

    /// Forgets orders that nobody paid and that expired before `moment`. Stripe delivers an event for three days, so
    /// leave at least that.
    @discardableResult
    public func removeUnpaidOrders(expiredBefore moment: Timestamp) async throws -> Int {
        try await pool.transaction { transaction in
            try transaction.execute(
                "DELETE FROM orders WHERE subscription_id IS NULL AND expires_at < $1",
                .timestamp(moment.microseconds)
            )
        }
    }

    /// Binds a subscription to a registered order that is not bound. Never overwrites.
    ///
    /// An expired order is bound all the same while its row is there: somebody paid for it.
    static func bind(
        _ subscription: SubscriptionID,
        toOrderOf claimHash: [UInt8],
        in transaction: Transaction
    ) throws(DatabaseError) -> OrderBinding {
        let bound = try transaction.execute(
            "UPDATE orders SET subscription_id = $2 WHERE claim_hash = $1 AND subscription_id IS NULL",
            .bytes(claimHash),
            .uuid(subscription.bytes)
        )
        if bound > 0 { return .bound }
        guard let order = try order(of: claimHash, in: transaction) else { return .unknownOrder }
        return order.subscription == subscription ? .boundBefore : .boundElsewhere
    }

    /// The order, locked until the end of the transaction.
    static func order(
        of claimHash: [UInt8],
        in transaction: Transaction
    ) throws(DatabaseError) -> Order? {
        try transaction.query(orderByHash, .bytes(claimHash)).first.map(Order.init)
    }

    /// Gives the row that is there when there is one: an update of the expiry alone, so that it is returned.
    private static let insertOrder: Statement = """
        INSERT INTO orders (id, claim_hash, tier, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (claim_hash) DO UPDATE SET expires_at = CASE
            WHEN orders.subscription_id IS NULL AND orders.tier = EXCLUDED.tier
            THEN greatest(orders.expires_at, EXCLUDED.expires_at) ELSE orders.expires_at END
        RETURNING id, claim_hash, tier, subscription_id, expires_at
        """

    private static let orderByHash: Statement = """
        SELECT id, claim_hash, tier, subscription_id, expires_at FROM orders WHERE claim_hash = $1 FOR UPDATE
        """
}

extension Order {
    init(_ row: Row) throws(DatabaseError) {
        id = try row.identifier("id")
        claimHash = try row.bytes("claim_hash")
        guard let tier = TierName(try row.text("tier")) else { throw .decoding(column: "tier", problem: .malformed) }
        self.tier = tier
        subscription = try row.optionalIdentifier("subscription_id")
        expiresAt = try row.moment("expires_at")
    }
}
