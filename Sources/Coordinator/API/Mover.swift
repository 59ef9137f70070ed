import DaemonRuntime
import FleetPlanning
import Model
import Placement
import Store

/// What became of a request to move a peer.
enum MoveOutcome {
    case moved(isComplete: Bool)
    /// It is a repetition.
    case answeredBefore(StoredAnswer)
}

/// Moves a peer because its owner wants to: make-before-break, like any move.
public struct Mover: Sendable {
    let store: Store
    let changeFeed: ChangeFeed
    let peerFeed: PeerFeed
    let fleet: FleetCache
    let limits: [String: TierLimits]
    let policy: PlacementPolicy
    /// How long the old node keeps the peer.
    let linger: Duration
    /// How long a request waits for the new node before it is answered with 202.
    let wait: Duration

    public init(
        store: Store,
        changeFeed: ChangeFeed,
        peerFeed: PeerFeed,
        fleet: FleetCache,
        limits: [String: TierLimits],
        policy: PlacementPolicy,
        linger: Duration,
        wait: Duration
    ) {
        self.store = store
        self.changeFeed = changeFeed
        self.peerFeed = peerFeed
        self.fleet = fleet
        self.limits = limits
        self.policy = policy
        self.linger = linger
        self.wait = wait
    }

    /// A node that placement chose may fill up before the commit.
    private static let attempts = 4

    /// - Parameter wanted: the region; nil for another node of the same region. A peer that is in the wanted region
    ///   already stays where it is, so that a repeated request does nothing.
    /// - Parameter key: a repetition with it moves nothing that the first request has moved already.
    /// - Throws: `Problem`, or `DatabaseError`.
    func move(
        _ peer: PeerID,
        of subscription: SubscriptionID,
        to wanted: RegionName?,
        key: IdempotencyKey?
    ) async throws -> MoveOutcome {
        var origin: NodeID?
        if let key, let earlier = try await store.earlierRequest(key, of: subscription) {
            if let answer = try Self.answer(of: earlier, &origin) { return .answeredBefore(answer) }
        }
        for attempt in 1...Self.attempts {
            guard let situation = try await store.moveSituation(of: peer, of: subscription, now: SystemClock.now())
            else {
                let peer = try await store.peer(peer, of: subscription)
                throw peer?.state == .frozen ? Problem.peerFrozen : Problem.notFound
            }
            let region = wanted ?? situation.region
            try check(situation, region)
            if let target = situation.target {
                guard target.region == region else { throw Problem.moveInProgress }
                guard !target.isRefused else { throw Problem.moveRefused }
                return try await settle(peer, from: situation.node, to: target.node, at: target.revision, subscription)
            }
            if wanted == situation.region { return .moved(isComplete: true) }
            // "Another server" is any but the one that had it when the request came first.
            if wanted == nil, let origin, origin != situation.node { return .moved(isComplete: true) }
            guard let target = try await choose(region, situation, fresh: attempt > 1) else { continue }
            if let key, origin == nil {
                let begun = try await store.beginRequest(
                    key,
                    toMove: peer,
                    of: subscription,
                    from: situation.node,
                    now: SystemClock.now()
                )
                if let answer = try Self.answer(of: begun, &origin) { return .answeredBefore(answer) }
                // Another request with the key came first, and may have moved it meanwhile.
                guard origin == situation.node else { continue }
            }
            try await store.hurryLingering(of: peer, now: SystemClock.now())
            let begun = try await store.beginMoves(
                [PlannedMove(peer: peer, source: situation.node, target: target)],
                of: nil,
                lease: nil,
                now: SystemClock.now()
            )
            guard let move = begun.first else { continue }
            await fleet.placed(on: target)
            changeFeed.nodeChanged(target)
            return try await settle(peer, from: situation.node, to: target, at: move.revision, subscription)
        }
        throw Problem(.nodeFull)
    }

    /// The answer that the request got first; else notes the node that had the peer then.
    private static func answer(
        of earlier: EarlierRequest<NodeID>,
        _ origin: inout NodeID?
    ) throws(Problem) -> StoredAnswer? {
        switch earlier {
        case .answered(let answer): return answer
        case .isAnother: throw .idempotencyKeyReused
        case .begun(let node):
            origin = node
            return nil
        }
    }

    private func check(_ situation: MoveSituation, _ region: RegionName) throws {
        guard let tier = situation.tier else { throw Problem.subscriptionInactive }
        guard let limits = limits[tier] else { throw Problem(.unknownTier(tier)) }
        guard limits.regions.isEmpty || limits.regions.contains(region) else { throw Problem.regionNotInTier }
    }

    /// Nil where a view that may be half a second old has no node: a fresh one has the last word.
    private func choose(_ region: RegionName, _ situation: MoveSituation, fresh: Bool) async throws -> NodeID? {
        let view = try await fleet.view(fresh: fresh)
        let others = FleetView(nodes: view.nodes.filter { $0.id != situation.node })
        let request = PlacementRequest(region: region, nodesInUse: situation.companions)
        switch place(request, in: others, policy: policy) {
        case .success(let node): return node
        case .failure where !fresh: return nil
        case .failure(.unknownRegion) where region == situation.region: throw Problem.noOtherServer
        case .failure(let failure): throw Problem(ProvisioningRefusal(failure))
        }
    }

    /// Waits for the target's word, and switches. What is left over when the wait is, the controllers finish.
    private func settle(
        _ peer: PeerID,
        from source: NodeID,
        to target: NodeID,
        at revision: Revision,
        _ subscription: SubscriptionID
    ) async throws -> MoveOutcome {
        let word = await changeFeed.waitForAcknowledgement(of: target, atLeast: revision, until: .now + wait)
        guard word != .silence else { return .moved(isComplete: false) }
        let switched = try await store.switchMoves(
            of: [peer],
            linger: linger,
            limit: 1,
            now: SystemClock.now()
        )
        if switched.isEmpty {
            let situation = try await store.moveSituation(of: peer, of: subscription, now: SystemClock.now())
            guard let situation else { throw Problem.notFound }
            if situation.target?.isRefused == true { throw Problem.moveRefused }
            // Somebody else has switched it, or withdrawn it.
            return .moved(isComplete: situation.node == target)
        }
        changeFeed.nodeChanged(source)
        peerFeed.changed(subscription)
        return .moved(isComplete: true)
    }
}
