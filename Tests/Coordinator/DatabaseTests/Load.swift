import Database
import DatabaseTestSupport
import Synchronization

/// Writers that insert numbers one by one and note which were acknowledged, through an outage and out of it.
final class Load: Sendable {
    enum Phase { case warm, down, recovered }

    private let pool: DatabasePool
    private let state = Mutex(State())

    private struct State {
        var next: Int64 = 0
        var acknowledged: Set<Int64> = []
        var failures: [DatabaseError] = []
        var acknowledgedSinceFailure = 0
        var phase: Phase?
    }

    init(_ pool: DatabasePool) {
        self.pool = pool
    }

    var acknowledged: Set<Int64> { state.withLock { $0.acknowledged } }
    var failures: [DatabaseError] { state.withLock { $0.failures } }

    static func isExpected(_ error: DatabaseError) -> Bool {
        switch error {
        case .unavailable, .commitUnknown: true
        default: false
        }
    }

    /// Ends once a hundred were acknowledged after a failure. Tells once of each phase.
    func run(_ onPhase: @escaping @Sendable (Phase) -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await until { try await self.insertOne(onPhase) == .recovered }
                }
            }
            try await group.waitForAll()
        }
    }

    private func insertOne(_ onPhase: @Sendable (Phase) -> Void) async throws -> Phase? {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        do {
            try await pool.transaction { try $0.execute("INSERT INTO t VALUES ($1)", .int64(id)) }
            note { $0.acknowledged.insert(id) }
        } catch let error as DatabaseError {
            note { state in
                state.failures.append(error)
                state.acknowledgedSinceFailure = -1
            }
        }
        return advance(onPhase)
    }

    private func note(_ change: (inout State) -> Void) {
        state.withLock { state in
            change(&state)
            state.acknowledgedSinceFailure += 1
        }
    }

    private func advance(_ onPhase: (Phase) -> Void) -> Phase? {
        let entered: Phase? = state.withLock { state in
            let phase: Phase? =
                switch state.phase {
                case nil: state.acknowledged.count >= 100 ? .warm : nil
                case .warm: state.failures.isEmpty ? .warm : .down
                case .down: state.acknowledgedSinceFailure >= 100 ? .recovered : .down
                case .recovered: .recovered
                }
            defer { state.phase = phase }
            return phase == state.phase ? nil : phase
        }
        if let entered { onPhase(entered) }
        return state.withLock { $0.phase }
    }
}
