import Database
import Model

/// All that an operator learns of a single peer. Whose it is, its addresses and its traffic are not among it.
public struct SupportPeerRecord: Hashable, Sendable {
    public let id: PeerID
    public let state: PeerRecord.State
    public let region: String
    /// Nil while it has no node.
    public let nodeName: String?
    /// Whether it is on its way to another node.
    public let isMoving: Bool
    public let createdAt: Timestamp

    init(_ row: Row) throws(DatabaseError) {
        id = try row.identifier("id")
        region = try row.text("region")
        nodeName = try row.optionalText("node_name")
        isMoving = try row.bool("moving")
        createdAt = try row.moment("created_at")
        state =
            if nodeName == nil {
                try row.bool("is_frozen") ? .frozen : .unplaced
            } else if try row.bool("refused") {
                .refused
            } else {
                try row.text("state") == "active" ? .active : .installing
            }
    }
}

/// The look-up of a single peer, by what a customer can read to the one who helps.
extension Store {
    public enum SupportKey: Hashable, Sendable {
        case id(PeerID)
        case publicKey(PublicKey)
    }

    /// Nil when there is no such peer.
    public func supportPeer(_ key: SupportKey) async throws -> SupportPeerRecord? {
        let statement =
            switch key {
            case .id(let id): Self.supportPeer.with(.uuid(id.bytes), .bytes(nil))
            case .publicKey(let key): Self.supportPeer.with(.uuid(nil), .bytes(key.bytes))
            }
        return try await pool.query(statement) { rows in try rows.first.map { row in try SupportPeerRecord(row) } }
    }

    private static let supportPeer: Statement = """
        SELECT p.id, p.region, p.created_at, p.frozen_at IS NOT NULL AS is_frozen, n.name AS node_name, a.state, a.refused_reason IS NOT NULL AS refused,
            EXISTS (SELECT FROM assignments m WHERE m.peer_id = p.id AND m.moves_from IS NOT NULL) AS moving
        FROM peers p
        LEFT JOIN assignments a ON a.peer_id = p.id AND a.state IN ('installing', 'active') AND a.moves_from IS NULL
        LEFT JOIN nodes n ON n.id = a.node_id AND n.retired_at IS NULL
        WHERE p.id = $1 OR p.public_key = $2
        """
}
