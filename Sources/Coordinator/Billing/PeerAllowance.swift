import Model

/// Which of a subscription's peers may be on nodes, and when to look again.
///
/// Without access every peer is frozen: taken from its node, and kept with its addresses until the retention is over.
/// With access the oldest are let be, as many as the tier allows. Money that went back is no exception: a dispute may be
/// won, and a refund may fail.
public struct PeerAllowance: Hashable, Sendable {
    public struct Peer: Hashable, Sendable {
        public let id: PeerID
        public let region: RegionName
        /// Nil for one that may be on a node.
        public let frozenAt: Timestamp?

        public init(id: PeerID, region: RegionName, frozenAt: Timestamp?) {
            self.id = id
            self.region = region
            self.frozenAt = frozenAt
        }
    }

    /// How many peers, and where: what the tier says.
    public struct Limit: Hashable, Sendable {
        public let peers: Int
        /// Empty means everywhere.
        public let regions: Set<RegionName>

        public init(peers: Int, regions: Set<RegionName> = []) {
            self.peers = peers
            self.regions = regions
        }
    }

    /// To take from its node and to keep.
    public private(set) var freeze: [PeerID] = []
    /// To give a node again.
    public private(set) var thaw: [PeerID] = []
    /// To forget, with its addresses.
    public private(set) var remove: [PeerID] = []
    /// The first moment at which the answer becomes another by itself.
    public private(set) var nextLook: Timestamp?

    /// - Parameters:
    ///   - peers: the oldest first.
    ///   - limit: nil where the tier is not configured: an operator's mistake takes no peer away, and gives none back.
    ///   - retention: how long a frozen peer is kept.
    public init(
        state: EntitlementState,
        accessUntil: Timestamp?,
        limit: Limit?,
        peers: [Peer],
        retention: Duration,
        now: Timestamp
    ) {
        let hasAccess = state.givesAccess(until: accessUntil, at: now)
        nextLook = hasAccess ? accessUntil : nil
        var allowed = 0
        if hasAccess, limit == nil { return }
        for peer in peers {
            var isAllowed = hasAccess
            if hasAccess, let limit {
                isAllowed = allowed < limit.peers && (limit.regions.isEmpty || limit.regions.contains(peer.region))
            }
            switch (isAllowed, peer.frozenAt) {
            case (true, nil): allowed += 1
            case (true, .some):
                allowed += 1
                thaw.append(peer.id)
            case (false, nil):
                freeze.append(peer.id)
                look(at: now + retention)
            case (false, .some(let since)) where since + retention <= now: remove.append(peer.id)
            case (false, .some(let since)): look(at: since + retention)
            }
        }
    }

    private mutating func look(at moment: Timestamp) {
        nextLook = nextLook.map { Swift.min($0, moment) } ?? moment
    }
}
