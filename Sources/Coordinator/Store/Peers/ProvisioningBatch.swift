import Database
import Model
import Placement

/// One transaction that answers any number of provisioning requests: three round trips and one commit for all.
///
/// Subscriptions are locked first, so that their peers are counted truly, then the nodes, so that each is held for one
/// round trip and the commit only; both in the order of their ids, so that two batches cannot wait for each other.
struct ProvisioningBatch: Sendable {
    /// With the id that its peer gets.
    struct Item: Sendable {
        let id: PeerID
        let request: ProvisioningRequest
    }

    let items: [Item]
    let fleet: FleetView
    let terms: ProvisioningTerms
    let now: Timestamp

    /// How long an address rests before another peer gets it.
    private static let quarantine: Duration = .seconds(600)

    /// - Returns: an answer for each item, in order. What was refused has written nothing.
    func run(in transaction: Transaction) throws(DatabaseError) -> [Result<Provisioned, ProvisioningRefusal>] {
        var facts = try readFacts(in: transaction)
        var answers: [Result<Provisioned, ProvisioningRefusal>] = []
        var candidates: [Candidate] = []
        for (index, item) in items.enumerated() {
            if let earlier = try repeated(item.request, facts, in: transaction) {
                answers.append(earlier)
                continue
            }
            switch facts.decide(item.request) {
            case .failure(let refusal): answers.append(.failure(refusal))
            case .success(let node):
                let hasFreeKey = !facts.keysInUse.contains(item.request.publicKey)
                if hasFreeKey { facts.note(item.request, on: node) }
                candidates.append(Candidate(index: index, item: item, node: node, hasFreeKey: hasFreeKey))
                // Until the node's own row has said more.
                answers.append(.failure(.nodeFull))
            }
        }
        guard !candidates.isEmpty else { return answers }
        let outcomes = try settle(candidates, in: transaction)
        for (candidate, outcome) in outcomes { answers[candidate.index] = outcome }
        for (candidate, outcome) in outcomes {
            guard case .failure = outcome, candidate.hasFreeKey else { continue }
            // Who was refused for the sake of a peer that did not come to be has to be asked anew.
            for (index, item) in items.enumerated() where item.request.competes(with: candidate.item.request) {
                switch answers[index] {
                case .failure(.keyInUse), .failure(.peerLimitReached): answers[index] = .failure(.nodeFull)
                default: break
                }
            }
        }
        return answers
    }

    struct Candidate {
        let index: Int
        let item: Item
        let node: NodeID
        /// One with a key that is in use gets nothing, and is told so only where it would have got its place.
        let hasFreeKey: Bool
    }

    /// What an earlier request with the same `Idempotency-Key` made, whatever became of its peer since. Nil where there
    /// was none.
    private func repeated(
        _ request: ProvisioningRequest,
        _ facts: ProvisioningFacts,
        in transaction: Transaction
    ) throws(DatabaseError) -> Result<Provisioned, ProvisioningRefusal>? {
        guard let idempotency = request.idempotency, let place = request.idempotencyPlace,
            let earlier = facts.idempotencyKeys[place]
        else { return nil }
        guard earlier.requestHash == idempotency.requestHash else { return .failure(.idempotencyKeyReused) }
        if let answer = earlier.answer { return .failure(.answeredBefore(answer)) }
        guard let id = earlier.peerID, let peer = try Store.peer(id, of: request.subscription, in: transaction) else {
            return .failure(.peerIsGone)
        }
        return .success(Provisioned(peer: peer, isReplay: true))
    }

    /// Gives each candidate its node's next revision and an address, where the node still has room, and writes it all.
    private func settle(
        _ candidates: [Candidate],
        in transaction: Transaction
    ) throws(DatabaseError) -> [(Candidate, Result<Provisioned, ProvisioningRefusal>)] {
        let results = try transaction.executeAll([
            Store.lockTargets.with(.uuidArray(Set(candidates.map(\.node)).map(\.bytes))),
            Self.takeAddresses.with(
                .int64(Int64(candidates.count)),
                .timestamp((now - Self.quarantine).microseconds),
                .int64(terms.lastAddressIndex)
            ),
        ])
        var nodes: [NodeID: LockedNode] = [:]
        for row in results[0] { nodes[try row.identifier("id")] = try LockedNode(row) }
        var addresses: [Int64] = []
        for row in results[1] {
            let index = try row.int64("address_index")
            // Two instances that take the pool's last addresses at once may both have counted on them.
            if index <= terms.lastAddressIndex { addresses.append(index) }
        }
        // Taken from the end.
        addresses.reverse()
        var writes = ProvisioningWrites(now: now)
        var outcomes: [(Candidate, Result<Provisioned, ProvisioningRefusal>)] = []
        for candidate in candidates {
            guard var node = nodes[candidate.node], node.room > 0 else {
                outcomes.append((candidate, .failure(.nodeFull)))
                continue
            }
            guard let address = addresses.popLast() else {
                outcomes.append((candidate, .failure(.addressPoolExhausted)))
                continue
            }
            guard candidate.hasFreeKey else {
                addresses.append(address)
                outcomes.append((candidate, .failure(.keyInUse)))
                continue
            }
            let placement = node.take(on: candidate.node)
            nodes[candidate.node] = node
            let peer = candidate.item.peer(at: address, on: placement, now: now)
            writes.add(peer, candidate.item.request, on: placement)
            outcomes.append((candidate, .success(Provisioned(peer: peer, isReplay: false))))
        }
        writes.enqueue(nodes: nodes, unusedAddresses: addresses, in: transaction)
        return outcomes
    }

    /// As many as are asked for, if the pool has them: those that rested longest, then new ones.
    private static let takeAddresses: Statement = """
        WITH reused AS (
            DELETE FROM free_addresses WHERE address_index IN (
                SELECT address_index FROM free_addresses WHERE freed_at < $2
                ORDER BY freed_at LIMIT $1 FOR UPDATE SKIP LOCKED)
            RETURNING address_index)
        SELECT address_index FROM reused
        UNION ALL
        SELECT nextval('address_indexes') FROM generate_series(1, least(
            $1 - (SELECT count(*) FROM reused),
            (SELECT $3 - last_value + (NOT is_called)::int FROM address_indexes)))
        """
}

extension ProvisioningRequest {
    fileprivate func competes(with other: ProvisioningRequest) -> Bool {
        subscription == other.subscription || publicKey == other.publicKey
    }
}

extension ProvisioningBatch.Item {
    func peer(at addressIndex: Int64, on placement: PeerRecord.Placement, now: Timestamp) -> PeerRecord {
        PeerRecord(
            id: id,
            publicKey: request.publicKey,
            addressIndex: addressIndex,
            region: request.region,
            state: .installing,
            createdAt: now,
            isMoving: false,
            placement: placement
        )
    }
}
