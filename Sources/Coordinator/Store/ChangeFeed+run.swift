import Database
import Logging
import Model
import Synchronization

extension ChangeFeed {
    static let notifyInterval: Duration = .milliseconds(5)
    static let pollInterval: Duration = .seconds(1)

    /// Carries hints between instances and polls for lost ones, until the task is cancelled.
    public func run() async {
        await withTaskGroup { group in
            group.addTask { await self.notifyOthers() }
            group.addTask { await self.poll() }
            if let listener {
                group.addTask { await listener.run() }
                group.addTask { await self.hear(listener) }
            }
        }
    }

    private func notifyOthers() async {
        for await _ in outgoingSignals {
            let notice = state.withLock { state in
                defer { state.outgoing = ChangeNotice() }
                return state.outgoing
            }
            guard !notice.isEmpty else { continue }
            let payload = notice.payload(from: instance)
            do {
                try await pool.transaction { transaction in
                    transaction.enqueue("SELECT pg_notify($1, $2)", .text(Self.channel), .text(payload))
                }
                try await Task.sleep(for: Self.notifyInterval)
            } catch is CancellationError {
                return
            } catch {
                // A hint only: the others' poll finds what it was about.
                logger.debug("other instances were not notified", metadata: ["error": "\(error)"])
            }
        }
    }

    private func hear(_ listener: Listener) async {
        for await event in listener.events {
            switch event {
            case .reconnected:
                wakeAllLinks()
            case .notification(_, let payload):
                guard let (sender, notice) = ChangeNotice.parse(payload), sender != instance else { continue }
                if notice.isEverything { wakeAllLinks() }
                for node in notice.changed { heardOfChange(to: node) }
                for (node, revision) in notice.acknowledged { noteAcknowledgement(of: node, revision) }
            }
        }
    }

    private func poll() async {
        while (try? await Task.sleep(for: Self.pollInterval)) != nil {
            do {
                try await pollOnce()
            } catch {
                logger.debug("the poll for changes failed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Looks for links that are behind, and for what is waited for.
    func pollOnce() async throws {
        let (linked, waitedFor) = state.withLock { state in (Array(state.subscribers.keys), Array(state.waiters.keys)) }
        guard !linked.isEmpty || !waitedFor.isEmpty else { return }
        let (behind, applied) = try await pool.read { transaction in
            let results = try transaction.executeAll([
                Self.nodesBehind.with(.uuidArray(linked.map(\.bytes))),
                Self.appliedRevisions.with(.uuidArray(waitedFor.map(\.bytes))),
            ])
            let behind: [NodeID] = try results[0].map { row in try row.identifier("id") }
            let applied: [(NodeID, Revision)] = try results[1].map { row in
                (try row.identifier("id"), try row.revision("applied_revision"))
            }
            return (behind, applied)
        }
        for node in behind { wakeLink(of: node) }
        for (node, revision) in applied { noteAcknowledgement(of: node, revision) }
    }

    private static let nodesBehind: Statement =
        "SELECT id FROM nodes WHERE id = ANY ($1) AND revision > applied_revision"

    private static let appliedRevisions: Statement = "SELECT id, applied_revision FROM nodes WHERE id = ANY ($1)"
}
