import Model

/// Why an operation was not begun or not changed. Nothing was written.
public enum OperationRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownNode(String)
    case unknownOperation
    /// It ended already.
    case isOver(OperationRecord.State)
    /// The node's operation is being cancelled: ask again when that is over.
    case beingCancelled(OperationID)
    /// Its peers must leave it: nothing else would ever move them.
    case nodeIsRetired

    public var description: String {
        switch self {
        case .unknownNode(let name): "no node is named \(name)"
        case .unknownOperation: "there is no such operation"
        case .isOver(let state): "the operation is over: \(state.rawValue)"
        case .beingCancelled(let id): "operation \(id) of this node is being cancelled: ask again when it is over"
        case .nodeIsRetired: "the node is retired: its peers cannot stay on it"
        }
    }
}
