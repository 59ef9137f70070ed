import Model

/// Where one node stands in its stream of changes: what is sent, what is acknowledged, what comes next.
struct ChangeStream: Hashable, Sendable {
    enum Need: Hashable, Sendable {
        case nothing
        case changes
        case snapshot(above: Revision?)
        /// The last snapshot was of no use: the next is tried when the node has beaten so many times more, or has its
        /// table back; ever more seldom, so that it cannot become a storm.
        case snapshotAfterHeartbeats(Int)
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
    /// How many times in a row the node has had no use for what it was sent.
    private(set) var failures = 0
    /// How many heartbeats in a row told another table than the one that the node has acknowledged.
    private var differences = 0
    /// Whether the node's last heartbeat said that it cannot write its table.
    private var isTableLost = false

    /// The most heartbeats between two attempts.
    static let pauseMax = 8

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
        case .nothing, .snapshotAfterHeartbeats:
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
        case .snapshot, .snapshotAfterHeartbeats: return false
        }
    }

    mutating func heartbeat(_ heartbeat: Heartbeat) {
        let wasTableLost = isTableLost
        isTableLost = heartbeat.conditions.contains { $0.kind == .peerTable }
        if case .snapshotAfterHeartbeats(let pause) = need {
            let isTableBack = wasTableLost && !isTableLost
            need = pause > 1 && !isTableBack ? .snapshotAfterHeartbeats(pause - 1) : .snapshot(above: nil)
        } else if let acknowledged, inFlight.isEmpty, heartbeat.appliedRevision == acknowledged.revision {
            guard heartbeat.tableDigest != acknowledged.digest else { return differences = 0 }
            // A table that differs again and again, whatever it is sent, costs a snapshot ever more seldom.
            restart(
                with: differences == 0 ? .snapshot(above: nil) : .snapshotAfterHeartbeats(Self.pause(differences - 1))
            )
            differences += 1
        }
    }

    /// What is in flight will not be built upon.
    mutating func restart(with need: Need) {
        abandoned += inFlight.map(\.revision)
        inFlight = []
        self.need = need
    }

    /// What was sent was of no use, and what could be sent at once would be of none either: after one heartbeat, two,
    /// four, and so on.
    mutating func postpone() {
        restart(with: .snapshotAfterHeartbeats(Self.pause(failures)))
        failures += 1
    }

    /// - Parameter failures: how many there were before.
    private static func pause(_ failures: Int) -> Int { failures < 3 ? 1 << failures : pauseMax }

    /// The node has what it was sent.
    mutating func succeeded() {
        failures = 0
    }

    mutating func send(_ item: InFlight) {
        inFlight.append(item)
        sent = item.revision
        sentDigest = item.digest
    }
}
