import DaemonRuntime
import Logging
import Model
import Store
import Synchronization

/// Keeps the audit log's head where who writes to the database cannot reach it: in a file, and as a line of the log. And
/// looks each time whether the log still is what it was.
final class AuditAnchoring: Sendable {
    private let store: Store
    private let file: AuditAnchorFile
    private let interval: Duration
    private let isLogged: Bool
    private let logger: Logger
    private let trouble = Mutex<String?>(nil)

    init(store: Store, settings: CoordinatorSettings, logger: Logger) {
        self.store = store
        file = AuditAnchorFile(settings)
        interval = settings[Declared.auditAnchorInterval]
        isLogged = settings[Declared.auditAnchorLog]
        self.logger = logger
    }

    /// Whether the log is not what it was, or anchors cannot be kept.
    var isTroubled: Bool { trouble.withLock { $0 != nil } }

    /// Until the task is cancelled.
    func run() async {
        repeat {
            do {
                note(try await look(now: SystemClock.now()))
            } catch {
                // The database is away, which others say; or the file cannot be written.
                if let error = error as? DurableFileError { note("\(error)") }
            }
        } while (try? await Task.sleep(for: interval)) != nil
    }

    /// One look: compares with the newest anchor, then sets another.
    ///
    /// - Returns: what is wrong, or nil.
    func look(now: Timestamp) async throws -> String? {
        let isKnown = try await store.noteAnchorPlace(file.place, now: now)
        var anchors: AuditAnchors
        switch file.read() {
        case .found(let found): anchors = found
        case .unreadable(let path, let reason): return "\(path), where the audit log's head is anchored: \(reason)"
        case .missing: anchors = AuditAnchors(beginning: isKnown ? .afterLoss : .first, at: now)
        }
        if let last = anchors.anchors.last, try await !store.stillHolds(last) {
            return "the audit log is not what it was at \(last.at): position \(last.position) is gone or another"
        }
        let head = try await store.auditHead(now: now)
        if let head, head.position != anchors.anchors.last?.position {
            anchors.add(head)
            if isLogged { logger.notice("audit log anchored", metadata: ["head": "\(head.line)"]) }
        }
        // Written when nothing is new as well, so that a file that is gone is back before the next look.
        if .found(anchors) != file.read() { try file.write(anchors) }
        guard anchors.beginning == .afterLoss else { return nil }
        return "the file of the audit log's anchors was gone, and was begun anew at \(anchors.begunAt)"
    }

    /// Tells what is wrong once, and again when it is something else.
    private func note(_ found: String?) {
        let isNew = trouble.withLock { trouble in
            defer { trouble = found }
            return trouble != found
        }
        guard isNew else { return }
        if let found {
            logger.error("audit log not vouched for", metadata: ["reason": "\(found)"])
        } else {
            logger.notice("audit log vouched for again")
        }
    }
}
