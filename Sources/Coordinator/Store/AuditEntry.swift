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
        enqueue(
            """
            INSERT INTO audit_entries (at, actor, action, node_id, peer_id, subscription_id, revision, detail)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            .timestamp(entry.at.microseconds),
            .text(entry.actor.rawValue),
            .text(entry.action.rawValue),
            .uuid(entry.nodeID?.bytes),
            .uuid(entry.peerID?.bytes),
            .uuid(entry.subscriptionID?.bytes),
            .int64(entry.revision.map { Int64($0.number) }),
            .text(entry.detail)
        )
    }
}
