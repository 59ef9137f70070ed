import Database
import Model

/// What changed, and who asked. Written in the transaction of the change itself; never changed, never removed.
public struct AuditEntry: Sendable {
    public enum Actor: String, Sendable {
        case customer, node, `operator`, store, system
    }

    public enum Action: String, Sendable {
        case peerProvisioned = "peer.provisioned"
        case peerRemoved = "peer.removed"
        case peerRefused = "peer.refused"
        case changeRefused = "change.refused"
        case nodeEnrolled = "node.enrolled"
        case nodeCordoned = "node.cordoned"
        case nodeUncordoned = "node.uncordoned"
        case nodeRetired = "node.retired"
        case certificateRenewed = "certificate.renewed"
        case joinTokenCreated = "join_token.created"
        case tokenClaimed = "token.claimed"
        case entitlementChanged = "entitlement.changed"
    }

    let at: Timestamp
    let actor: Actor
    let action: Action
    let nodeID: NodeID?
    let peerID: PeerID?
    let subscriptionID: SubscriptionID?
    let revision: Revision?
    /// For people; never a name, an address or a secret.
    let detail: String?

    public init(
        at: Timestamp,
        actor: Actor,
        action: Action,
        nodeID: NodeID? = nil,
        peerID: PeerID? = nil,
        subscriptionID: SubscriptionID? = nil,
        revision: Revision? = nil,
        detail: String? = nil
    ) {
        self.at = at
        self.actor = actor
        self.action = action
        self.nodeID = nodeID
        self.peerID = peerID
        self.subscriptionID = subscriptionID
        self.revision = revision
        self.detail = detail
    }
}

extension Transaction {
    /// Adds the entry to the next round trip of the transaction.
    func audit(_ entry: AuditEntry) {
        audit([entry])
    }

    /// Adds the entries, in order, by one statement.
    func audit(_ entries: [AuditEntry]) {
        enqueue(
            """
            INSERT INTO audit_entries (at, actor, action, node_id, peer_id, subscription_id, revision, detail)
            SELECT at, actor, action, node_id, peer_id, subscription_id, revision, detail
            FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::bigint[],
                    $8::text[]) WITH ORDINALITY
                AS e (at, actor, action, node_id, peer_id, subscription_id, revision, detail, number)
            ORDER BY number
            """,
            .timestampArray(entries.map(\.at.microseconds)),
            .textArray(entries.map(\.actor.rawValue)),
            .textArray(entries.map(\.action.rawValue)),
            .uuidArray(entries.map { $0.nodeID?.bytes }),
            .uuidArray(entries.map { $0.peerID?.bytes }),
            .uuidArray(entries.map { $0.subscriptionID?.bytes }),
            .int64Array(entries.map { entry in entry.revision.map { Int64($0.number) } }),
            .textArray(entries.map(\.detail))
        )
    }
}
