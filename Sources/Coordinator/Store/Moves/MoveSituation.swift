import Billing
import Database
import Model
import Placement

/// What decides whether and where an owner's peer may move.
public struct MoveSituation: Hashable, Sendable {
    /// The tier; nil without access.
    public let tier: String?
    public let region: RegionName
    public let node: NodeID
    /// A move that is under way already.
    public let target: Target?
    /// The places of the subscription's other peers.
    public let companions: [NodeID]

    public struct Target: Hashable, Sendable {
        public let node: NodeID
        public let region: RegionName
        public let revision: Revision
        /// Whether the target refused the peer: the move is about to be withdrawn.
        public let isRefused: Bool
    }
}

extension Store {
    /// Nil when the subscription has no such peer, or the peer no place.
    public func moveSituation(
        of peer: PeerID,
        of subscription: SubscriptionID,
        now: Timestamp
    ) async throws -> MoveSituation? {
        try await pool.transaction(isolation: .repeatableRead) { transaction in
            let results = try transaction.executeAll([
                Self.placeOfPeer.with(.uuid(peer.bytes), .uuid(subscription.bytes)),
                Self.placesOfOthers.with(.uuid(peer.bytes), .uuid(subscription.bytes)),
            ])
            guard let row = results[0].first else { return nil }
            let state = EntitlementState(rawValue: try row.text("state"))
            let hasAccess = state?.givesAccess(until: try row.optionalMoment("access_until"), at: now) == true
            let tier = hasAccess ? try row.optionalText("tier") ?? "" : nil
            let target: MoveSituation.Target? = try row.optionalIdentifier("target").map { node in
                MoveSituation.Target(
                    node: node,
                    region: try row.region("target_region"),
                    revision: try row.revision("target_revision"),
                    isRefused: try row.bool("is_refused")
                )
            }
            return MoveSituation(
                tier: tier,
                region: try row.region("region"),
                node: try row.identifier("node_id"),
                target: target,
                companions: try results[1].map { row in try row.identifier("node_id") }
            )
        }
    }

    /// The nodes that keep the peer from earlier moves let go of it: whoever asks for another move has the newest
    /// configuration, and cannot hold places on many nodes.
    public func hurryLingering(of peer: PeerID, now: Timestamp) async throws {
        try await pool.transaction { transaction in
            transaction.enqueue(
                """
                UPDATE assignments SET linger_until = $2
                WHERE peer_id = $1 AND state = 'lingering' AND linger_until > $2
                """,
                .uuid(peer.bytes),
                .timestamp(now.microseconds)
            )
        }
    }

    private static let placeOfPeer: Statement = """
        SELECT s.state, s.access_until, s.tier, n.region, a.node_id, m.node_id AS target, t.region AS target_region,
            m.revision AS target_revision, m.refused_reason IS NOT NULL AS is_refused
        FROM peers p JOIN subscriptions s ON s.id = p.subscription_id
        JOIN assignments a ON a.peer_id = p.id AND a.state IN ('installing', 'active') AND a.moves_from IS NULL
        JOIN nodes n ON n.id = a.node_id
        LEFT JOIN assignments m ON m.peer_id = p.id AND m.moves_from IS NOT NULL
        LEFT JOIN nodes t ON t.id = m.node_id
        WHERE p.id = $1 AND p.subscription_id = $2
        """

    private static let placesOfOthers: Statement = """
        SELECT a.node_id FROM peers p
        JOIN assignments a ON a.peer_id = p.id AND a.state IN ('installing', 'active') AND a.moves_from IS NULL
        WHERE p.subscription_id = $2 AND p.id <> $1
        """
}
