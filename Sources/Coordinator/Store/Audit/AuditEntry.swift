import Database
import Model

/// What changed, and who asked. Written in the transaction of the change itself; never changed, never removed.
public struct AuditEntry: Sendable {
    public enum Actor: Hashable, Sendable {
        case customer, node, store, system
        /// By the name in the certificate; "console" for a command on the coordinator's own machine.
        case `operator`(String)

        public static let console = Self.operator("console")

        var kind: String {
            switch self {
            case .customer: "customer"
            case .node: "node"
            case .store: "store"
            case .system: "system"
            case .operator: "operator"
            }
        }

        var name: String? {
            guard case .operator(let name) = self else { return nil }
            return name
        }
    }

    public enum Action: String, Sendable {
        case peerProvisioned = "peer.provisioned"
        case peerRemoved = "peer.removed"
        case peerMoved = "peer.moved"
        case peerPlacedElsewhere = "peer.placed_elsewhere"
        case peerFrozen = "peer.frozen"
        case peerThawed = "peer.thawed"
        case moveWithdrawn = "peer.move_withdrawn"
        case moveUndone = "peer.move_undone"
        case peerRefused = "peer.refused"
        case changeRefused = "change.refused"
        case nodeEnrolled = "node.enrolled"
        case nodeCordoned = "node.cordoned"
        case nodeUncordoned = "node.uncordoned"
        case nodeRetired = "node.retired"
        case nodeEdited = "node.edited"
        case nodeAccepted = "node.accepted"
        case nodeDuplicated = "node.duplicated"
        case endpointChanged = "node.endpoint_changed"
        case endpointHeld = "node.endpoint_held"
        case linkTakenOver = "node.taken_over"
        case machineRefused = "node.machine_refused"
        case nodeHealthChanged = "node.health_changed"
        case nodeClosed = "node.closed"
        case nodeOpened = "node.opened"
        case massFailure = "fleet.mass_failure"
        case operationStarted = "operation.started"
        case operationChanged = "operation.changed"
        case operationCancelled = "operation.cancelled"
        case operationEnded = "operation.ended"
        case capacityRequested = "capacity.requested"
        case capacityEnded = "capacity.ended"
        case rolloutStarted = "rollout.started"
        case rolloutAdvanced = "rollout.advanced"
        case rolloutHalted = "rollout.halted"
        case rolloutRolledBack = "rollout.rolled_back"
        case rolloutEnded = "rollout.ended"
        case joinTokenRevoked = "join_token.revoked"
        case operatorAdded = "operator.added"
        case operatorRevoked = "operator.revoked"
        case auditAccepted = "audit.accepted"
        case accessRefused = "admin.refused"
        case renewalsRefused = "certificate.renewals_refused"
        case certificateRenewed = "certificate.renewed"
        case joinTokenCreated = "join_token.created"
        case tokenClaimed = "token.claimed"
        case tokenRotated = "token.rotated"
        case tokenRevoked = "token.revoked"
        case webhookRetried = "webhook.retried"
        case webhookDismissed = "webhook.dismissed"
        case accountErased = "account.erased"
        case entitlementChanged = "entitlement.changed"
        case bucketCreated = "bucket.created"
        case bucketDeleted = "bucket.deleted"
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
    let operationID: OperationID?
    /// Where the peer was before.
    let fromNodeID: NodeID?
    /// What a setting was and what it became, as JSON: {"from": …, "to": …}.
    let change: String?
    /// The entry whose inverse this is.
    let undoes: Int64?

    public init(
        at: Timestamp,
        actor: Actor,
        action: Action,
        nodeID: NodeID? = nil,
        peerID: PeerID? = nil,
        subscriptionID: SubscriptionID? = nil,
        revision: Revision? = nil,
        detail: String? = nil,
        operationID: OperationID? = nil,
        fromNodeID: NodeID? = nil,
        change: String? = nil,
        undoes: Int64? = nil
    ) {
        self.at = at
        self.actor = actor
        self.action = action
        self.nodeID = nodeID
        self.peerID = peerID
        self.subscriptionID = subscriptionID
        self.revision = revision
        self.detail = detail
        self.operationID = operationID
        self.fromNodeID = fromNodeID
        self.change = change
        self.undoes = undoes
    }
}

extension AuditEntry.Actor: CustomStringConvertible {
    public var description: String { name.map { "operator \($0)" } ?? kind }
}

extension Transaction {
    /// Adds the entry to the next round trip of the transaction.
    func audit(_ entry: AuditEntry) {
        audit([entry])
    }

    /// Adds the entries, in order, by one statement.
    func audit(_ entries: [AuditEntry]) {
        guard !entries.isEmpty else { return }
        enqueue(
            """
            INSERT INTO audit_entries (at, actor, actor_name, action, node_id, peer_id, subscription_id, revision,
                detail, operation_id, from_node_id, change, undoes)
            SELECT at, actor, actor_name, action, node_id, peer_id, subscription_id, revision,
                detail, operation_id, from_node_id, change::jsonb, undoes
            FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[],
                    $8::bigint[], $9::text[], $10::uuid[], $11::uuid[], $12::text[], $13::bigint[]) WITH ORDINALITY
                AS e (at, actor, actor_name, action, node_id, peer_id, subscription_id, revision,
                    detail, operation_id, from_node_id, change, undoes, number)
            ORDER BY number
            """,
            .timestampArray(entries.map(\.at.microseconds)),
            .textArray(entries.map(\.actor.kind)),
            .textArray(entries.map(\.actor.name)),
            .textArray(entries.map(\.action.rawValue)),
            .uuidArray(entries.map { $0.nodeID?.bytes }),
            .uuidArray(entries.map { $0.peerID?.bytes }),
            .uuidArray(entries.map { $0.subscriptionID?.bytes }),
            .int64Array(entries.map { entry in entry.revision.map { Int64($0.number) } }),
            .textArray(entries.map(\.detail)),
            .uuidArray(entries.map { $0.operationID?.bytes }),
            .uuidArray(entries.map { $0.fromNodeID?.bytes }),
            .textArray(entries.map(\.change)),
            .int64Array(entries.map(\.undoes))
        )
    }
}
