import FleetPlanning
import LinkProtocol
import Model
import Placement
import Store
import Synchronization

/// The coordinator's database, in memory: the same rows and the same rules as the statements of `Store`, without SQL.
///
/// Every call is a transaction. Before and after each one the process may be killed: `beforeCall` decides.
final class SimulatedDatabase: Sendable {
    struct Node {
        let id: NodeID
        let name: String
        let region: RegionName
        var capacity: Int
        var revision = Revision.zero
        var applied = Revision.zero
        var digest = TableDigest.empty
        var peerCount = 0
        var isCordoned = false
        var isRetired = false
        var health = NodeHealth.alive
        var healthSince: Timestamp
        var heardAt: Timestamp?
        var session: LinkSessionID?
        var penalty = 0
        var penaltyAt: Timestamp
        /// By its last heartbeat, and as of that revision.
        var lingering: Int?
        var lingeringAsOf = Revision.zero
        /// By its last heartbeat.
        var conditions: [NodeCondition] = []
        var conditionsSince: Timestamp?
        var troubleChanges: Int64 = 0
        var told: NodeTrouble.Told?
    }

    struct Peer {
        let id: PeerID
        let key: PublicKey
        let subscription: SubscriptionID
        var region: RegionName
    }

    enum State { case installing, active, lingering, removing }

    struct Assignment {
        let peer: PeerID
        let key: PublicKey
        var state: State
        var revision: Revision
        var movesFrom: NodeID?
        var operation: OperationID?
        var lingerUntil: Timestamp?
        var refusal: String?
        var isReturn = false
        var createdAt = Timestamp(microseconds: 0)
    }

    struct Operation {
        let id: OperationID
        var kind: OperationRecord.Kind
        let node: NodeID
        var state = OperationRecord.State.running
        var reason: String?
        var madeCordon = false
        var linger: Duration
        var total: Int
        var moved = 0
        var unplaced = 0
    }

    struct Rows {
        var nodes: [NodeID: Node] = [:]
        var peers: [PeerID: Peer] = [:]
        /// Peers as they came; those that are gone among them.
        var order: [PeerID] = []
        var assignments: [NodeID: [PeerID: Assignment]] = [:]
        /// Where each peer has a row at all.
        var holders: [PeerID: Set<NodeID>] = [:]
        /// Targets of moves that are under way.
        var moving: [PeerID: NodeID] = [:]
        var operations: [OperationID: Operation] = [:]
        var epoch: Int64 = 0
        var brakes = 0
        /// Nodes with something to be sent, since the links last looked.
        var changed: Set<NodeID> = []
    }

    struct Killed: Error {}

    let state = Mutex(Rows())
    /// Throws `Killed` when the coordinator dies here.
    let beforeCall: @Sendable () throws -> Void

    init(beforeCall: @escaping @Sendable () throws -> Void) {
        self.beforeCall = beforeCall
    }

    /// One transaction of whoever holds the lease.
    func transaction<Value>(_ lease: FleetLease?, _ body: (inout Rows) throws -> Value) throws -> Value
    where Value: Sendable {
        try beforeCall()
        return try state.withLock { state in
            if let lease, lease.epoch != state.epoch { throw LeaseLost() }
            return try body(&state)
        }
    }
}

extension SimulatedDatabase.Rows {
    typealias Assignment = SimulatedDatabase.Assignment

    subscript(node: NodeID, peer: PeerID) -> Assignment? {
        get { assignments[node]?[peer] }
        set {
            assignments[node, default: [:]][peer] = newValue
            if newValue == nil { holders[peer]?.remove(node) } else { holders[peer, default: []].insert(node) }
            if holders[peer]?.isEmpty == true { holders[peer] = nil }
        }
    }

    /// The next revision of a node, which has something to be sent from now on.
    mutating func takeRevision(of node: NodeID) -> Revision {
        guard let next = nodes[node]?.revision.next else { preconditionFailure("no node \(node)") }
        nodes[node]?.revision = next
        changed.insert(node)
        return next
    }

    /// The node that the peer's configuration names.
    func place(of peer: PeerID) -> NodeID? {
        holders[peer]?.first { node in
            guard let row = self[node, peer] else { return false }
            return (row.state == .installing || row.state == .active) && row.movesFrom == nil
        }
    }

    mutating func remove(_ peer: PeerID, from node: NodeID) {
        guard var row = self[node, peer], row.state != .removing else { return }
        if row.movesFrom != nil { moving[peer] = nil }
        nodes[node]?.peerCount -= 1
        row.state = .removing
        row.revision = takeRevision(of: node)
        row.movesFrom = nil
        row.operation = nil
        row.lingerUntil = nil
        row.refusal = nil
        self[node, peer] = nodes[node]?.isRetired == true ? nil : row
    }

    func isOpen(_ operation: OperationID?) -> Bool {
        guard let operation else { return true }
        return operations[operation]?.state == .running || operations[operation]?.state == .waiting
    }

    func placed(on node: NodeID) -> [Assignment] {
        (assignments[node] ?? [:]).values.filter {
            ($0.state == .installing || $0.state == .active) && $0.movesFrom == nil
        }
    }
}
