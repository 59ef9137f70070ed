import Database
import Model
import Placement

extension Store {
    /// Adds peers in one transaction: entitlement and limit, node, addresses, assignment with the node's next revision,
    /// audit entry; for all requests of the batch at once.
    ///
    /// - Parameters:
    ///   - requests: no two with the same `Idempotency-Key` of one subscription.
    ///   - fleet: what placement chooses from; a node's capacity is checked again under its row's lock.
    /// - Returns: an answer for each request, in order. A refused one has written nothing; after `.nodeFull` ask again
    ///   with a fresh view of the fleet.
    public func provision(
        _ requests: [ProvisioningRequest],
        in fleet: FleetView,
        terms: ProvisioningTerms,
        now: Timestamp
    ) async throws -> [Result<Provisioned, ProvisioningRefusal>] {
        let batch = ProvisioningBatch(
            items: requests.map { .init(id: .random(), request: $0) },
            fleet: fleet,
            terms: terms,
            now: now
        )
        do {
            return try await pool.transaction { transaction in try batch.run(in: transaction) }
        } catch DatabaseError.commitUnknown {
            return try await committed(batch)
        } catch DatabaseError.uniqueViolation(let constraint) {
            // A request of another instance has won meanwhile. Alone, each finds out whether it
            // was the one; none of them waits for the others' sake, since this is rare.
            guard requests.count == 1 else {
                var answers: [Result<Provisioned, ProvisioningRefusal>] = []
                for request in requests {
                    do {
                        answers += try await provision([request], in: fleet, terms: terms, now: now)
                    } catch  where !answers.isEmpty {
                        // What went before is committed, and must be answered so; the rest asks again.
                        let rest = requests.count - answers.count
                        return answers
                            + [Result<Provisioned, ProvisioningRefusal>](repeating: .failure(.nodeFull), count: rest)
                    }
                }
                return answers
            }
            switch constraint {
            case "peers_public_key_unique": return [.failure(.keyInUse)]
            // The same Idempotency-Key at the same moment: this one is the other's repetition.
            case "idempotency_keys_pkey": return try await provision(requests, in: fleet, terms: terms, now: now)
            default: throw DatabaseError.uniqueViolation(constraint: constraint)
            }
        }
    }

    /// The answer to COMMIT was lost, but the peers' ids are ours: those that are there were committed.
    ///
    /// - Throws: `DatabaseError.commitUnknown` when none is: then it is not certain that none will be.
    private func committed(
        _ batch: ProvisioningBatch
    ) async throws -> [Result<Provisioned, ProvisioningRefusal>] {
        let found = try await pool.read { transaction in
            try batch.items.map { item in
                try Self.peer(item.id, of: item.request.subscription, in: transaction)
            }
        }
        guard found.contains(where: { $0 != nil }) else { throw DatabaseError.commitUnknown }
        // The others of the batch were refused, or repeat an earlier request: they ask again.
        return found.map { peer in
            peer.map { .success(Provisioned(peer: $0, isReplay: false)) } ?? .failure(.nodeFull)
        }
    }
}
