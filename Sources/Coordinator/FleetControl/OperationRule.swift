import FleetPlanning
import Model
import Store

/// What an operation needs next, judged by what its node holds. Reads nothing else, so a coordinator that was killed
/// goes on where the rows say that it was.
enum OperationRule {
    enum Step: Hashable, Sendable {
        /// Begin moves, of so many peers at most.
        case move(Int)
        /// What is under way must end first.
        case wait
        /// Every peer has switched; some are kept for clients that have not noticed, or the node has not yet said that
        /// it has let go.
        case linger(reason: String?)
        case end(OperationRecord.State, reason: String?)
    }

    /// - Parameter health: of the operation's node; nil for one that is retired.
    static func next(_ operation: FleetInventory.Operation, health: NodeHealth?) -> Step {
        if operation.state == .cancelling {
            return operation.inFlight > 0 ? .wait : .end(.cancelled, reason: nil)
        }
        let isGone = operation.isRetired || health == nil || health == .lost
        if operation.kind == .replace, !isGone, operation.placed > 0 {
            // What is under way is made before it is broken, like any move.
            if operation.inFlight > 0 { return .wait }
            return .end(.done, reason: "the node is back: \(operation.placed) peers stay")
        }
        if operation.placed > operation.inFlight { return .move(operation.placed - operation.inFlight) }
        if operation.inFlight > 0 { return .wait }
        if isGone {
            let isConfirmed = operation.isRetired || operation.lingering + operation.removing == 0
            return .end(.done, reason: isConfirmed ? nil : "the node is lost and has not confirmed")
        }
        if operation.lingering > 0 { return .linger(reason: nil) }
        if operation.removing > 0 { return .linger(reason: "waiting for the node's own report") }
        return .end(.done, reason: nil)
    }
}
