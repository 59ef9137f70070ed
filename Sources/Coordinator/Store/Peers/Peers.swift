import Database
import Model

/// Reading peers. Every statement names the subscription, so that another customer's peer cannot be met.
extension Store {
    public func peers(of subscription: SubscriptionID) async throws -> [PeerRecord] {
        try await pool.read { transaction in
            try transaction.query(Self.peersOfSubscription, .uuid(subscription.bytes), .uuid(nil))
                .map { row in try PeerRecord(row) }
        }
    }

    /// Nil when the subscription has no such peer.
    public func peer(_ id: PeerID, of subscription: SubscriptionID) async throws -> PeerRecord? {
        try await pool.read { transaction in try Self.peer(id, of: subscription, in: transaction) }
    }

    static func peer(
        _ id: PeerID,
        of subscription: SubscriptionID,
        in transaction: Transaction
    ) throws(DatabaseError) -> PeerRecord? {
        let rows = try transaction.query(peersOfSubscription, .uuid(subscription.bytes), .uuid(id.bytes))
        guard let row = rows.first else { return nil }
        return try PeerRecord(row)
    }

    private static let peersOfSubscription: Statement = """
        SELECT p.id, p.public_key, p.address_index, p.region, p.created_at, p.frozen_at IS NOT NULL AS is_frozen,
            n.id AS node_id, a.state, a.revision, a.refused_reason IS NOT NULL AS refused,
            n.wireguard_public_key, n.endpoint, n.ipv6_unavailable,
            EXISTS (SELECT FROM assignments m WHERE m.peer_id = p.id AND m.moves_from IS NOT NULL) AS is_moving
        FROM peers p
        LEFT JOIN assignments a ON a.peer_id = p.id AND a.state IN ('installing', 'active') AND a.moves_from IS NULL
        LEFT JOIN nodes n ON n.id = a.node_id AND n.retired_at IS NULL
        WHERE p.subscription_id = $1 AND ($2 IS NULL OR p.id = $2)
        ORDER BY p.created_at, p.id
        """
}

extension PeerRecord {
    init(_ row: Row) throws(DatabaseError) {
        id = try row.identifier("id")
        publicKey = try row.publicKey("public_key")
        addressIndex = try row.int64("address_index")
        let region = try row.region("region")
        self.region = region
        createdAt = try row.moment("created_at")
        isMoving = try row.bool("is_moving")
        guard let nodeID: NodeID = try row.optionalIdentifier("node_id") else {
            state = try row.bool("is_frozen") ? .frozen : .unplaced
            placement = nil
            return
        }
        state = try row.bool("refused") ? .refused : (try row.text("state") == "active" ? .active : .installing)
        placement = Placement(
            nodeID: nodeID,
            revision: try row.revision("revision"),
            serverPublicKey: try row.publicKey("wireguard_public_key"),
            endpoint: try row.text("endpoint"),
            offersIPv6: try !row.bool("ipv6_unavailable")
        )
    }
}
