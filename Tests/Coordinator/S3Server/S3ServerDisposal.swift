import Foundation
import Synchronization

/// Stops the server by its process id, and removes what it kept, when the test process ends.
final class S3ServerDisposal: Sendable {
    static let shared = S3ServerDisposal()

    private struct Running {
        let pid: pid_t
        let directory: URL
        let input: Pipe
    }

    private let running = Mutex<Running?>(nil)

    func add(pid: pid_t, directory: URL, keeping input: Pipe) {
        running.withLock { $0 = Running(pid: pid, directory: directory, input: input) }
        atexit { S3ServerDisposal.shared.dispose() }
    }

    private func dispose() {
        running.withLock { running in
            guard let server = running else { return }
            running = nil
            kill(server.pid, SIGKILL)
            try? FileManager.default.removeItem(at: server.directory)
        }
    }
}
