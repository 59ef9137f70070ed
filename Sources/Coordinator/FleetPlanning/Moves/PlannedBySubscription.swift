import Model

/// What a plan has already decided for the other peers of a subscription.
///
/// A chain for each subscription through one flat list: most have one peer, and a list of lists would cost more than
/// the planning itself.
struct PlannedBySubscription {
    private struct Link {
        let source: NodeID
        let target: NodeID
        /// The decision before it, of the same subscription.
        let earlier: Int?
    }

    private var lastLink: [SubscriptionID: Int]
    private var links: [Link] = []

    init(minimumCapacity: Int) {
        lastLink = Dictionary(minimumCapacity: minimumCapacity)
        links.reserveCapacity(minimumCapacity)
    }

    func last(of subscription: SubscriptionID) -> Int? { lastLink[subscription] }

    mutating func add(source: NodeID, target: NodeID, of subscription: SubscriptionID, after earlier: Int?) {
        lastLink[subscription] = links.count
        links.append(Link(source: source, target: target, earlier: earlier))
    }

    /// How many other peers of its subscription `node` has once the plan is carried out so far.
    func companions(of peer: PeerToMove, on node: NodeID, after last: Int?) -> Int {
        var count = 0
        for companion in peer.companions where companion == node { count += 1 }
        var next = last
        var joined = 0
        while let index = next {
            let link = links[index]
            if link.source == node { count -= 1 }
            if link.target == node { joined += 1 }
            next = link.earlier
        }
        // Below zero only where the caller did not know of a companion that has moved away since.
        return max(0, count) + joined
    }
}
