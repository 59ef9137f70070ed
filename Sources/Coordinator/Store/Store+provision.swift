import Database
import Model

extension Store {
    /// Adds a peer in one transaction: entitlement and limit, node, addresses, assignment with the node's next revision,
    /// audit entry.
    ///
    /// - Parameters:
    ///   - limits: what each tier allows, by the tier's name.
    ///   - node: the node that placement chose; its capacity is checked again here, under its row's lock.
    ///   - lastAddressIndex: the greatest address index of the pool.
    /// - Returns: a refusal rolls everything back; after `.nodeFull` choose again from a fresh view of the fleet.
    public func provision(
        _ request: ProvisioningRequest,
        on node: NodeID,
        limits: [String: TierLimits],
        lastAddressIndex: Int64,
        now: Timestamp
    ) async throws -> Result<Provisioned, ProvisioningRefusal> {
        let id = PeerID.random()
        do {
            return try await pool.transactionResult { (transaction) throws(DatabaseError) in
                let attempt = ProvisioningAttempt(
                    request: request,
                    id: id,
                    node: node,
                    limits: limits,
                    lastAddressIndex: lastAddressIndex,
                    now: now
                )
                return try attempt.run(in: transaction)
            }
        } catch DatabaseError.uniqueViolation(constraint: "peers_public_key_unique") {
            return .failure(.keyInUse)
        } catch DatabaseError.uniqueViolation(constraint: "idempotency_keys_pkey") {
            // Two requests with one key at the same moment: the other has won, so this one is its repetition.
            return try await provision(request, on: node, limits: limits, lastAddressIndex: lastAddressIndex, now: now)
        }
    }
}

/// What a tier lets its subscriptions have.
public struct TierLimits: Hashable, Sendable {
    public let peers: Int
    /// Empty means every region.
    public let regions: Set<RegionName>

    public init(peers: Int, regions: Set<RegionName>) {
        self.peers = peers
        self.regions = regions
    }
}
