import Model

/// Where one node stands in its stream of changes: what is sent, what is acknowledged, what comes next.
struct ChangeStream: Hashable, Sendable {
    enum Need: Hashable, Sendable {
        case nothing
        case changes
        case snapshot(above: Revision?)
        /// The last snapshot was of no use: the next is tried when the node beats, and ever more seldom, so that it
        /// cannot become a storm.
        case snapshotAtHeartbeat
    }

    struct InFlight: Hashable, Sendable {
        let revision: Revision
        /// The node's digest once it is applied; nil when that cannot be told.
        let digest: TableDigest?
        let isSnapshot: Bool
    }

    struct Mark: Hashable, Sendable {
        let revision: Revision
        let digest: TableDigest
    }

    var need = Need.nothing
    var isAsking = false
    var inFlight: [InFlight] = []
    /// Revisions sent before the stream was begun anew; the agent may still answer them.
    var abandoned: [Revision] = []
    /// What the node will be at once it has everything that was sent.
    var sent = Revision.zero
    var sentDigest: TableDigest?
    /// Nil until the node has acknowledged anything that this database knows.
    var acknowledged: Mark?
    /// Snapshots that were of no use since the node's table was last as it should be.
    private var fruitless = 0
    private var heartbeatsToWait = 0

    mutating func open(_ hello: Hello, _ node: LinkedNode) {
        let isKnown =
            hello.appliedRevision == node.appliedRevision && hello.tableDigest == node.appliedDigest
            && hello.appliedRevision <= node.revision
        if isKnown {
            acknowledged = Mark(revision: hello.appliedRevision, digest: hello.tableDigest)
            sent = hello.appliedRevision
            sentDigest = hello.tableDigest
            need = .changes
        } else {
            need = .snapshot(above: hello.appliedRevision > node.revision ? hello.appliedRevision : nil)
        }
    }

    /// Something of the node has changed, or may have.
    mutating func changed() {
        if need == .nothing { need = .changes }
    }

    mutating func nextDemand() -> CoordinatorSession.Demand? {
        guard !isAsking, inFlight.count < CoordinatorSession.window else { return nil }
        switch need {
        case .nothing, .snapshotAtHeartbeat:
            return nil
        case .changes:
            isAsking = true
            need = .nothing
            return .changes(after: sent)
        case .snapshot(let above):
            isAsking = true
            need = .nothing
            return .snapshot(above: above)
        }
    }

    /// Whether the answer to what was asked is still wanted.
    mutating func takesAnswer() -> Bool {
        guard isAsking else { return false }
        isAsking = false
        switch need {
        case .nothing, .changes: return true
        case .snapshot, .snapshotAtHeartbeat: return false
        }
    }

    mutating func heartbeat(_ heartbeat: Heartbeat) {
        if need == .snapshotAtHeartbeat {
            heartbeatsToWait -= 1
            if heartbeatsToWait <= 0 { need = .snapshot(above: nil) }
        } else if let acknowledged, inFlight.isEmpty, heartbeat.appliedRevision == acknowledged.revision {
            if heartbeat.tableDigest == acknowledged.digest {
                fruitless = 0
            } else if fruitless == 0 {
                fruitless = 1
                restart(with: .snapshot(above: nil))
            } else {
                awaitHeartbeat()
            }
        }
    }

    /// A snapshot was of no use: the next is tried after 1, 2, 4 and then 8 heartbeats.
    mutating func awaitHeartbeat() {
        heartbeatsToWait = 1 << min(fruitless, 3)
        fruitless += 1
        restart(with: .snapshotAtHeartbeat)
    }

    /// What is in flight will not be built upon.
    mutating func restart(with need: Need) {
        abandoned += inFlight.map(\.revision)
        inFlight = []
        self.need = need
    }

    mutating func send(_ item: InFlight) {
        inFlight.append(item)
        sent = item.revision
        sentDigest = item.digest
    }
}
