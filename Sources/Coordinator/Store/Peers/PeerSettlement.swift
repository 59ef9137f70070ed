import Billing
import Database
import Model
import Placement

extension Store {
    /// Whether ``settlePeers(limit:in:terms:now:)`` has something to do.
    public func arePeersDue(now: Timestamp) async throws -> Bool {
        try await pool.query(Self.isAnyDue.with(.timestamp(now.microseconds))) { rows in !rows.isEmpty }
    }

    /// Brings the peers of subscriptions that are due in line with what these may use: freezes, thaws and removes, by
    /// `PeerAllowance`. Every instance may do it, at any time; one that is being changed is left for the next time.
    ///
    /// - Parameters:
    ///   - limit: how many subscriptions at most.
    ///   - fleet: where a thawed peer may go, if not to the node that had it; room is checked again under the lock.
    public func settlePeers(
        limit: Int,
        in fleet: FleetView,
        terms: SettlementTerms,
        now: Timestamp
    ) async throws -> PeerSettlement {
        try await pool.transaction { transaction in
            try Self.beginNextTiers(limit: limit, now: now, in: transaction)
            let due = try transaction.query(Self.takeDue, .timestamp(now.microseconds), .int64(Int64(limit)))
            return try Self.settlePeers(of: due, in: fleet, terms: terms, now: now, in: transaction)
        }
    }

    /// - Parameters:
    ///   - due: the subscriptions' rows, locked: id, state, tier, extra_peers, access_until.
    ///   - erasing: whether every peer goes at once, whatever the subscription may use.
    static func settlePeers(
        of due: QueryResult,
        in fleet: FleetView,
        terms: SettlementTerms,
        by actor: AuditEntry.Actor = .system,
        erasing: Bool = false,
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) -> PeerSettlement {
        guard !due.isEmpty else { return PeerSettlement() }
        var batch = SettlementBatch(fleet: fleet, terms: terms, actor: actor, now: now)
        let ids: [SubscriptionID] = try due.map { row throws(DatabaseError) in try row.identifier("id") }
        let peers = try transaction.query(peersOfDue, .uuidArray(ids.map(\.bytes)))
        for row in peers { batch.peers[try row.identifier("subscription_id"), default: []].append(try .init(row)) }
        for row in due { try erasing ? batch.erase(row) : batch.decide(row) }
        try batch.run(in: transaction)
        return batch.outcome
    }

    private static let isAnyDue: Statement = """
        (SELECT 1 FROM subscriptions WHERE peers_due_at <= $1 LIMIT 1)
        UNION ALL (SELECT 1 FROM subscriptions WHERE next_tier_at <= $1 LIMIT 1)
        """

    private static let takeDue: Statement = """
        SELECT id, state, tier, extra_peers, access_until FROM subscriptions WHERE peers_due_at <= $1
        ORDER BY peers_due_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
        """

    private static let peersOfDue: Statement = """
        SELECT p.id, p.subscription_id, p.region, p.public_key, p.address_index, p.frozen_at, p.frozen_from,
            (SELECT a.node_id FROM assignments a
                WHERE a.peer_id = p.id AND a.state IN ('installing', 'active') AND a.moves_from IS NULL) AS node_id
        FROM peers p WHERE p.subscription_id = ANY ($1) ORDER BY p.created_at, p.id FOR NO KEY UPDATE
        """
}

/// The decisions for a batch of subscriptions whose rows, and whose peers' rows, are locked; and their writes.
private struct SettlementBatch {
    struct Peer {
        let id: PeerID
        let region: RegionName
        let publicKey: PublicKey
        let addressIndex: Int64
        let frozenAt: Timestamp?
        let frozenFrom: NodeID?
        let node: NodeID?

        init(_ row: Row) throws(DatabaseError) {
            id = try row.identifier("id")
            region = try row.region("region")
            publicKey = try row.publicKey("public_key")
            addressIndex = try row.int64("address_index")
            frozenAt = try row.optionalMoment("frozen_at")
            frozenFrom = try row.optionalIdentifier("frozen_from")
            node = try row.optionalIdentifier("node_id")
        }
    }

    private struct Change {
        let peer: Peer
        let owner: SubscriptionID
    }

    let terms: SettlementTerms
    let actor: AuditEntry.Actor
    let now: Timestamp
    /// The oldest first.
    var peers: [SubscriptionID: [Peer]] = [:]
    private(set) var outcome = PeerSettlement()
    private var fleet: FleetView
    private var freezing: [Change] = []
    private var removing: [Change] = []
    private var thawing: [(change: Change, node: NodeID)] = []
    private var nextLooks: [(SubscriptionID, Timestamp?)] = []
    /// Those of whom a peer found no node.
    private var unplaced: Set<SubscriptionID> = []

    /// How soon a peer that found no node is looked at again.
    private static let retry: Duration = .seconds(5)

    init(fleet: FleetView, terms: SettlementTerms, actor: AuditEntry.Actor, now: Timestamp) {
        self.fleet = fleet
        self.terms = terms
        self.actor = actor
        self.now = now
    }

    mutating func erase(_ row: Row) throws(DatabaseError) {
        let owner: SubscriptionID = try row.identifier("id")
        removing += (peers[owner] ?? []).map { Change(peer: $0, owner: owner) }
        nextLooks.append((owner, nil))
        outcome.looked += 1
    }

    mutating func decide(_ row: Row) throws(DatabaseError) {
        let owner: SubscriptionID = try row.identifier("id")
        let own = peers[owner] ?? []
        let limits = try row.optionalText("tier").flatMap { terms.limits[$0] }
        let extra = Int(try row.int32("extra_peers"))
        let allowance = PeerAllowance(
            state: try row.named("state"),
            accessUntil: try row.optionalMoment("access_until"),
            limit: limits.map { PeerAllowance.Limit(peers: $0.peers + extra, regions: $0.regions) },
            peers: own.map { PeerAllowance.Peer(id: $0.id, region: $0.region, frozenAt: $0.frozenAt) },
            retention: terms.retention,
            now: now
        )
        let changes = Dictionary(uniqueKeysWithValues: own.map { ($0.id, Change(peer: $0, owner: owner)) })
        freezing += allowance.freeze.compactMap { changes[$0] }
        removing += allowance.remove.compactMap { changes[$0] }
        var nextLook = allowance.nextLook
        var nodesInUse = own.compactMap(\.node)
        for change in allowance.thaw.compactMap({ changes[$0] }) {
            guard let node = choose(change.peer, nodesInUse) else {
                outcome.unplaced += 1
                unplaced.insert(owner)
                nextLook = now + Self.retry
                continue
            }
            nodesInUse.append(node)
            fleet.addPeer(to: node)
            thawing.append((change, node))
        }
        nextLooks.append((owner, nextLook))
        outcome.looked += 1
    }

    /// The node that had it, so that its client's configuration holds; another one where that cannot be.
    private func choose(_ peer: Peer, _ nodesInUse: [NodeID]) -> NodeID? {
        if let former = fleet.nodes.first(where: { $0.id == peer.frozenFrom }), former.region == peer.region,
            case .success(let node) = place(
                PlacementRequest(region: peer.region, nodesInUse: []),
                in: FleetView(nodes: [former]),
                policy: terms.policy
            )
        {
            return node
        }
        let request = PlacementRequest(region: peer.region, nodesInUse: nodesInUse)
        guard case .success(let node) = place(request, in: fleet, policy: terms.policy) else { return nil }
        return node
    }

    mutating func run(in transaction: Transaction) throws(DatabaseError) {
        try takeAway(in: transaction)
        try giveBack(in: transaction)
        transaction.enqueue(
            Self.noteNextLooks,
            .uuidArray(nextLooks.map(\.0.bytes)),
            .timestampArray(nextLooks.map(\.1?.microseconds)),
            .boolArray(nextLooks.map { unplaced.contains($0.0) }),
            .timestamp(now.microseconds)
        )
    }

    // MARK: Freezing and removing

    private mutating func takeAway(in transaction: Transaction) throws(DatabaseError) {
        let leaving = freezing + removing
        guard !leaving.isEmpty || !thawing.isEmpty else { return }
        let peers = Parameter.uuidArray(leaving.map(\.peer.id.bytes))
        // The nodes of both directions at once, in one order: two such transactions cannot wait for each other.
        let results = try transaction.executeAll([
            Self.lockNodes.with(.uuidArray(Set(thawing.map(\.node)).map(\.bytes)), peers), Self.places.with(peers),
        ])
        guard !leaving.isEmpty else { return }
        var removal = try AssignmentRemoval(nodes: results[0])
        for row in results[1] { _ = removal.add(try row.identifier("peer_id"), on: try row.identifier("node_id")) }
        removal.enqueue(in: transaction)
        outcome.changedNodes.formUnion(removal.changedNodes)
        outcome.changedSubscriptions.formUnion(leaving.map(\.owner))
        if !freezing.isEmpty {
            transaction.enqueue(
                Self.freeze,
                .uuidArray(freezing.map(\.peer.id.bytes)),
                .uuidArray(freezing.map { $0.peer.node?.bytes }),
                .timestamp(now.microseconds)
            )
            outcome.frozen = freezing.count
            transaction.audit(freezing.map { entry($0, .peerFrozen, on: $0.peer.node) })
        }
        guard !removing.isEmpty else { return }
        let removed = removing.map(\.peer.id.bytes)
        transaction.enqueue("DELETE FROM peers WHERE id = ANY ($1)", .uuidArray(removed))
        transaction.audit(removing.map { entry($0, .peerRemoved, on: $0.peer.node) })
        outcome.removed = removing.count
        // Of those that a node still has to let go of, its word frees them.
        try transaction.freeAddresses(removing.map(\.peer.addressIndex), of: removed, now: now)
    }

    // MARK: Thawing

    private mutating func giveBack(in transaction: Transaction) throws(DatabaseError) {
        guard !thawing.isEmpty else { return }
        let targets = Parameter.uuidArray(Set(thawing.map(\.node)).map(\.bytes))
        var nodes: [NodeID: LockedNode] = [:]
        for row in try transaction.query(Store.lockTargets, targets) {
            nodes[try row.identifier("id")] = try LockedNode(row)
        }
        var placed: [(change: Change, placement: PeerRecord.Placement)] = []
        for (change, id) in thawing {
            guard var node = nodes[id], node.room > 0 else {
                outcome.unplaced += 1
                unplaced.insert(change.owner)
                nextLooks.removeAll { $0.0 == change.owner }
                nextLooks.append((change.owner, now + Self.retry))
                continue
            }
            placed.append((change, node.take(on: id)))
            nodes[id] = node
        }
        guard !placed.isEmpty else { return }
        transaction.advance(nodes)
        let ids = Parameter.uuidArray(placed.map(\.change.peer.id.bytes))
        transaction.enqueue("UPDATE peers SET frozen_at = NULL, frozen_from = NULL WHERE id = ANY ($1)", ids)
        transaction.enqueue(
            Store.installPeers,
            .uuidArray(placed.map(\.placement.nodeID.bytes)),
            ids,
            .int64Array(placed.map { Int64(clamping: $0.placement.revision.number) }),
            .bytesArray(placed.map(\.change.peer.publicKey.bytes)),
            .int64Array(placed.map(\.change.peer.addressIndex)),
            .uuidArray(placed.map { _ in nil }),
            .uuid(nil),
            .timestamp(now.microseconds)
        )
        transaction.audit(
            placed.map { entry($0.change, .peerThawed, on: $0.placement.nodeID, revision: $0.placement.revision) }
        )
        outcome.thawed = placed.count
        outcome.changedNodes.formUnion(placed.map(\.placement.nodeID))
        outcome.changedSubscriptions.formUnion(placed.map(\.change.owner))
    }

    private func entry(
        _ change: Change,
        _ action: AuditEntry.Action,
        on node: NodeID?,
        revision: Revision? = nil
    ) -> AuditEntry {
        AuditEntry(
            at: now,
            actor: actor,
            action: action,
            nodeID: node,
            peerID: change.peer.id,
            subscriptionID: change.owner,
            revision: revision
        )
    }

    /// As `Store.lockNodes`, for the nodes that get peers and those that have the leaving ones.
    private static let lockNodes: Statement = """
        SELECT id, revision, health = 'lost' AS is_lost, retired_at IS NOT NULL AS is_retired FROM nodes
        WHERE id = ANY ($1) OR id IN (SELECT node_id FROM assignments WHERE peer_id = ANY ($2))
        ORDER BY id FOR NO KEY UPDATE
        """

    private static let places: Statement =
        "SELECT peer_id, node_id FROM assignments WHERE peer_id = ANY ($1) AND state <> 'removing'"

    private static let freeze: Statement = """
        UPDATE peers p SET frozen_at = $3, frozen_from = f.node_id
        FROM unnest($1::uuid[], $2::uuid[]) AS f (peer_id, node_id) WHERE p.id = f.peer_id
        """

    private static let noteNextLooks: Statement = """
        UPDATE subscriptions s SET peers_due_at = d.due_at,
            unplaced_since = CASE WHEN d.is_unplaced THEN coalesce(s.unplaced_since, $4) END
        FROM unnest($1::uuid[], $2::timestamptz[], $3::boolean[]) AS d (id, due_at, is_unplaced) WHERE s.id = d.id
        """
}
