import Database
import Model

/// The rows of a batch, column by column, so that each table takes them in one statement.
struct ProvisioningWrites {
    private struct Entry {
        let peer: PeerRecord
        let request: ProvisioningRequest
        let placement: PeerRecord.Placement

        func auditEntry(at now: Timestamp) -> AuditEntry {
            AuditEntry(
                at: now,
                actor: .customer,
                action: .peerProvisioned,
                nodeID: placement.nodeID,
                peerID: peer.id,
                subscriptionID: request.subscription,
                revision: placement.revision
            )
        }
    }

    private let now: Timestamp
    private var entries: [Entry] = []

    init(now: Timestamp) {
        self.now = now
    }

    mutating func add(_ peer: PeerRecord, _ request: ProvisioningRequest, on placement: PeerRecord.Placement) {
        entries.append(Entry(peer: peer, request: request, placement: placement))
    }

    /// Everything goes with the COMMIT.
    ///
    /// - Parameter unusedAddresses: taken for peers that got no place.
    func enqueue(nodes: [NodeID: LockedNode], unusedAddresses: [Int64], in transaction: Transaction) {
        if !unusedAddresses.isEmpty {
            // No peer ever had them, so they need no rest.
            transaction.enqueue(Self.returnAddresses, .int64Array(unusedAddresses))
        }
        guard !entries.isEmpty else { return }
        transaction.advance(nodes)
        let ids = Parameter.uuidArray(entries.map(\.peer.id.bytes))
        let subscriptions = Parameter.uuidArray(entries.map(\.request.subscription.bytes))
        let keys = Parameter.bytesArray(entries.map(\.peer.publicKey.bytes))
        let addresses = Parameter.int64Array(entries.map(\.peer.addressIndex))
        let owners = Parameter.uuidArray(entries.map(\.placement.nodeID.bytes))
        let revisions = Parameter.int64Array(entries.map { Int64($0.placement.revision.number) })
        let at = Parameter.timestamp(now.microseconds)
        transaction.enqueue(
            Self.insertPeers,
            ids,
            subscriptions,
            keys,
            addresses,
            .textArray(entries.map(\.request.region.text)),
            at
        )
        transaction.enqueue(Self.insertAssignments, owners, ids, revisions, keys, addresses, at)
        transaction.enqueue(Self.lookInTime, subscriptions)
        transaction.audit(entries.map { $0.auditEntry(at: now) })
        enqueueIdempotencyKeys(in: transaction)
    }

    private func enqueueIdempotencyKeys(in transaction: Transaction) {
        let keyed = entries.compactMap { entry in entry.request.idempotency.map { (entry, $0) } }
        guard !keyed.isEmpty else { return }
        transaction.enqueue(
            Self.insertIdempotencyKeys,
            .uuidArray(keyed.map(\.0.request.subscription.bytes)),
            .textArray(keyed.map(\.1.key)),
            .bytesArray(keyed.map(\.1.requestHash)),
            .uuidArray(keyed.map(\.0.peer.id.bytes)),
            .timestamp(now.microseconds)
        )
    }

    /// Access may have ended between the batch's clock and the subscription's lock, and its end been settled: then the
    /// new peers are looked at once more.
    private static let lookInTime: Statement = """
        UPDATE subscriptions SET peers_due_at = access_until
        WHERE id = ANY ($1) AND (peers_due_at IS NULL OR peers_due_at > access_until)
        """

    private static let returnAddresses: Statement = """
        INSERT INTO free_addresses (address_index, freed_at)
        SELECT unused.address_index, '-infinity' FROM unnest($1::bigint[]) AS unused (address_index)
        """

    private static let insertPeers: Statement = """
        INSERT INTO peers (id, subscription_id, public_key, address_index, region, created_at)
        SELECT p.id, p.subscription_id, p.public_key, p.address_index, p.region, $6
        FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bigint[], $5::text[])
            AS p (id, subscription_id, public_key, address_index, region)
        """

    private static let insertAssignments: Statement = """
        INSERT INTO assignments (node_id, peer_id, state, revision, public_key, address_index, created_at)
        SELECT a.node_id, a.peer_id, 'installing', a.revision, a.public_key, a.address_index, $6
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bytea[], $5::bigint[])
            AS a (node_id, peer_id, revision, public_key, address_index)
        """

    private static let insertIdempotencyKeys: Statement = """
        INSERT INTO idempotency_keys (subscription_id, key, request_hash, peer_id, created_at)
        SELECT k.subscription_id, k.key, k.request_hash, k.peer_id, $5
        FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::uuid[])
            AS k (subscription_id, key, request_hash, peer_id)
        """
}
