import Synchronization

/// Lets a coordinator die between two transactions: `kill -9` has no better place.
final class Fuse: Sendable {
    private let left = Mutex<Int?>(nil)

    /// - Parameter calls: how many transactions are still made.
    func light(after calls: Int) {
        left.withLock { $0 = calls }
    }

    func putOut() {
        left.withLock { $0 = nil }
    }

    /// - Throws: `SimulatedDatabase.Killed` when the coordinator dies here.
    @Sendable func burn() throws {
        try left.withLock { left in
            guard let remaining = left else { return }
            guard remaining > 0 else { throw SimulatedDatabase.Killed() }
            left = remaining - 1
        }
    }
}
