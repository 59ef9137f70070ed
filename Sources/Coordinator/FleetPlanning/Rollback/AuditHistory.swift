import Model

/// What the log says has happened and has not been undone.
struct AuditHistory {
    static let removal = "peer.removed"

    /// Each undone entry, with the one that undid it.
    private let undoneBy: [Int64: Int64]
    /// Effective entries in order, by what they are about.
    private let ofPeer: [PeerID: [AuditedAction]]
    private let ofNode: [NodeID: [AuditedAction]]

    init(_ actions: [AuditedAction]) {
        let newestFirst = actions.sorted { $0.id > $1.id }
        var undoneBy: [Int64: Int64] = [:]
        // An undoing that was undone itself undoes nothing: the newest decides.
        for action in newestFirst where undoneBy[action.id] == nil {
            if let target = action.undoes { undoneBy[target] = action.id }
        }
        // What was undone and what undid it cancel each other out, where both are known.
        let known = Set(actions.map(\.id))
        let effective = newestFirst.reversed().filter { action in
            guard undoneBy[action.id] == nil else { return false }
            guard let target = action.undoes else { return true }
            return !known.contains(target)
        }
        self.undoneBy = undoneBy
        var ofPeer: [PeerID: [AuditedAction]] = [:]
        var ofNode: [NodeID: [AuditedAction]] = [:]
        for action in effective {
            if let peer = action.peer {
                if Self.placesPeer(action) { ofPeer[peer, default: []].append(action) }
            } else if let node = action.node {
                ofNode[node, default: []].append(action)
            }
        }
        self.ofPeer = ofPeer
        self.ofNode = ofNode
    }

    /// Whether a peer is elsewhere after it.
    private static func placesPeer(_ action: AuditedAction) -> Bool {
        ["peer.provisioned", "peer.moved", removal].contains(action.action)
    }

    func undoing(_ entry: AuditedAction) -> Int64? { undoneBy[entry.id] }

    /// The first effective entry after `entry` that places or removes the peer, other than those in `undone`.
    func next(after entry: AuditedAction, peer: PeerID, except undone: Set<Int64>) -> AuditedAction? {
        ofPeer[peer]?.first { $0.id > entry.id && !undone.contains($0.id) }
    }

    /// The first effective entry about the same node after `entry` that `condition` holds for.
    func next(
        after entry: AuditedAction,
        node: NodeID,
        except undone: Set<Int64>,
        where condition: (AuditedAction) -> Bool
    ) -> AuditedAction? {
        ofNode[node]?.first { $0.id > entry.id && !undone.contains($0.id) && condition($0) }
    }
}
