import Model

/// Why an entry is not undone.
public enum RollbackRefusal: Hashable, Sendable {
    /// By its kind, with the reason for people.
    case irreversible(String)
    case alreadyUndone(by: Int64)
    case movedLater(by: Int64)
    case removedLater(by: Int64)
    case changedLater(setting: String, by: Int64)
    /// Its moves lead back to where it is.
    case leadsBack
    /// The cordon was set or lifted again since.
    case cordonChangedLater(by: Int64)
    case nodeRetired
    /// A peer does not go back to a node that takes none.
    case sourceCordoned
    /// Its cordon belongs to the drain: cancelling that lifts it.
    case drainRunning
    case tokenRedeemed
    /// The entry lacks what its inverse needs.
    case incomplete
}

extension RollbackRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .irreversible(let reason): reason
        case .alreadyUndone(let entry): "already undone by entry \(entry)"
        case .movedLater(let entry): "the peer was moved later, by entry \(entry)"
        case .removedLater(let entry): "the peer was removed later, by entry \(entry)"
        case .changedLater(let setting, let entry): "\(setting) was changed later, by entry \(entry)"
        case .leadsBack: "the peer is where it was before: its moves cancel each other out"
        case .cordonChangedLater(let entry): "the node's cordon was changed later, by entry \(entry)"
        case .nodeRetired: "the node is retired"
        case .sourceCordoned: "the node that the peer came from is cordoned: uncordon it first"
        case .drainRunning: "the node is being drained: cancel the drain instead"
        case .tokenRedeemed: "the token has enrolled a node: retire the node instead"
        case .incomplete: "the entry does not say enough to be undone"
        }
    }
}
