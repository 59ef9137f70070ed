import Cryptography
import FleetPlanning
import Logging
import Model
import NodeProvider
import Placement
import Store

/// Decides which regions need a node or can spare one, and asks the provider until a node has enrolled. Its own loop
/// beside the others', since a provider takes its time.
struct CapacityRound: Sendable {
    let store: Store
    let terms: CapacityTerms
    let lease: FleetLease?
    let logger: Logger

    /// - Parameters:
    ///   - brake: as whoever judges the nodes' health sees it, who also keeps watch over the clock.
    ///   - clock: read again after a provider has answered.
    func run(brake: MassFailure?, _ clock: @escaping @Sendable () -> Timestamp) async throws {
        try await store.settleCapacityRequests(lease: lease, now: clock())
        if brake == nil { try await decide(now: clock()) }
        guard case .apply(let provider, let cloudInit) = terms.mode else { return }
        let due = try await store.dueCapacityRequests(now: clock())
        // All at once, so that one answer that is late holds up no other.
        try await withThrowingTaskGroup { group in
            for request in due {
                group.addTask {
                    let answer = await provider.ask(nodeRequest(request, cloudInit), timeout: terms.providerTimeout)
                    // One that was cut short says nothing about the provider.
                    try Task.checkCancellation()
                    try await record(answer, to: request, now: clock())
                }
            }
            try await group.waitForAll()
        }
    }

    private func decide(now: Timestamp) async throws {
        let inventory = try await store.fleetInventory(silenceLimit: nil, now: now)
        let pending = try await store.pendingCapacity(now: now)
        for decision in planCapacity(Self.situations(inventory, pending, now: now), policy: terms.policy, now: now) {
            guard !isDisappointed(pending[decision.region], now) else { continue }
            try await carryOut(decision, inventory, now)
        }
        try await store.endOldProposals(lease: lease, now: now)
    }

    /// However pressing a need is: a provider that made nothing is not asked at once for more of it, and a person who
    /// wants no node is not overruled.
    private func isDisappointed(_ pending: PendingCapacity?, _ now: Timestamp) -> Bool {
        guard let last = pending?.lastDisappointmentAt else { return false }
        // One further in the future than the cool-down was noted by a clock that has been put back since.
        return now - last < terms.policy.cooldown && last - now <= terms.policy.cooldown
    }

    /// A node that has not done its work for longer is no capacity.
    private static let uselessLimit: Duration = .seconds(600)

    static func situations(
        _ inventory: FleetInventory,
        _ pending: [RegionName: PendingCapacity],
        now: Timestamp
    ) -> [RegionSituation] {
        var missing: [RegionName: Int] = [:]
        for operation in inventory.operations where operation.unplaced > 0 {
            missing[operation.region, default: 0] += operation.unplaced
        }
        let nodes = Dictionary(grouping: inventory.nodes, by: \.observed.region)
        // A region whose last node was retired has peers all the same.
        return Set(nodes.keys).union(missing.keys).map { region in
            RegionSituation(
                region: region,
                nodes: (nodes[region] ?? []).map { node in
                    FleetNode(
                        id: node.placed.id,
                        region: region,
                        capacity: node.placed.capacity,
                        peerCount: node.placed.peerCount,
                        isCordoned: node.placed.isCordoned,
                        // A suspicion is no reason for a new machine, nor is a failure that may pass.
                        isHealthy: node.observed.health != .lost,
                        isOutOfOrder: node.uselessSince.map { now - $0 >= uselessLimit } ?? false
                    )
                },
                pendingNodes: pending[region]?.openCount ?? 0,
                missingPlaces: missing[region] ?? 0,
                lastDecisionAt: pending[region]?.lastDecisionAt
            )
        }
    }

    private func carryOut(_ decision: CapacityDecision, _ inventory: FleetInventory, _ now: Timestamp) async throws {
        switch decision {
        case .add(let region, let count, let reason):
            for _ in 0..<count {
                let id = try await store.recordCapacityDecision(
                    region: region,
                    reason: reason,
                    lifetime: terms.lifetime,
                    pepper: terms.pepper,
                    token: token(for: region),
                    lease: lease,
                    now: now
                )
                logger.notice("a node is needed", metadata: ["request": "\(id)", "region": "\(region)"])
            }
        case .remove(let region, let node, let reason):
            guard case .apply = terms.mode, let name = inventory.nodes.first(where: { $0.observed.id == node })?.name
            else { return }
            logger.notice(
                "a node can be spared",
                metadata: ["node": "\(name)", "region": "\(region)", "why": "\(reason)"]
            )
            _ = try await store.startDrain(
                ofNodeNamed: name,
                linger: terms.linger,
                thenRetire: true,
                by: .system,
                lease: lease,
                now: now
            )
        }
    }

    /// Nil where nobody is asked.
    private func token(for region: RegionName) -> (@Sendable (CapacityRequestID) -> JoinToken)? {
        guard case .apply = terms.mode else { return nil }
        let (pin, pepper) = (terms.authorityPin, terms.pepper)
        return { Store.joinToken(of: $0, region: region, authorityPin: pin, pepper: pepper) }
    }

    private func nodeRequest(_ request: DueCapacityRequest, _ cloudInit: CloudInit) -> NodeRequest {
        let token = Store.joinToken(
            of: request.id,
            region: request.region,
            authorityPin: terms.authorityPin,
            pepper: terms.pepper
        )
        return NodeRequest(
            id: request.id,
            region: request.region,
            reason: request.reason,
            capacity: terms.policy.nodeCapacity,
            attempt: request.attempts + 1,
            expiresAt: request.expiresAt,
            userData: cloudInit.userData(token)
        )
    }

    private func record(_ answer: ProviderAnswer, to request: DueCapacityRequest, now: Timestamp) async throws {
        var reference: String?
        var failure: String?
        var isAccepted = false
        let pause: Duration
        switch answer {
        case .accepted(let name):
            // Asked again all the same, and less and less often: a machine that never came up is made once more.
            (reference, isAccepted) = (name, true)
            pause = Self.growing(from: .seconds(60), attempts: request.attempts, limit: .seconds(600))
        case .later(let delay):
            pause = delay ?? Self.growing(from: .seconds(10), attempts: request.attempts, limit: .seconds(300))
        case .failed(let reason):
            failure = reason
            pause = Self.growing(from: .seconds(5), attempts: request.attempts, limit: .seconds(300))
            logger.warning("the provider failed", metadata: ["request": "\(request.id)", "reason": "\(reason)"])
        }
        try await store.recordProviderAnswer(
            to: request.id,
            isAccepted: isAccepted,
            reference: reference,
            error: failure,
            nextAttemptAt: now + pause,
            lease: lease
        )
    }

    /// Twice as long each time, and up to a half less, so that several requests drift apart.
    private static func growing(from first: Duration, attempts: Int, limit: Duration) -> Duration {
        min(limit, first * (1 << min(attempts, 10))) * Double.random(in: 0.5...1)
    }
}
