import DaemonRuntime
import Model
import Store
import Synchronization

/// Writes to the audit log who asked for what he may not, as often as `RefusalThrottle` lets it.
final class RefusedAccess: Sendable {
    private let store: Store
    private let throttle = Mutex(RefusalThrottle())

    private static let interval: Duration = .seconds(15)

    init(store: Store) {
        self.store = store
    }

    /// - Throws: `DatabaseError`; the refusal stands also where it could not be written.
    func record(_ refusal: RefusalThrottle.Refusal) async throws {
        try await write(throttle.withLock { $0.note(refusal, now: .now) })
    }

    /// Writes counts whose minute is over, until the task is cancelled.
    func run() async {
        while (try? await Task.sleep(for: Self.interval)) != nil {
            try? await write(throttle.withLock { $0.close(dueAt: .now) })
        }
    }

    /// Writes the counts that are left, at the end.
    func finish() async {
        try? await write(throttle.withLock { $0.close(dueAt: nil) })
    }

    private func write(_ entries: [RefusalThrottle.Entry]) async throws {
        for entry in entries {
            try await store.recordRefusedAccess(
                by: entry.refusal.name,
                to: entry.refusal.route,
                reason: entry.reason,
                now: SystemClock.now()
            )
        }
    }
}
