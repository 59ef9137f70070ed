import Glibc
import Logging

/// Ends a cluster and removes its directory with all in it, for clusters that were never meant to last.
package enum ClusterDisposal {
    /// A cluster that nobody uses any more; one in use is left alone. Blocks.
    package static func disposeIfAbandoned(_ directory: String) {
        guard let layout = try? ClusterLayout(directory: directory, socketDirectory: nil),
            let lock = try? DirectoryLock(layout)
        else { return }
        dispose(directory)
        withExtendedLifetime(lock) {}
    }

    /// A cluster of the caller's own. Blocks.
    package static func dispose(_ directory: String) {
        guard let layout = try? ClusterLayout(directory: directory, socketDirectory: nil) else { return }
        if let server = ServerProcess.running(in: layout) {
            server.signal(SIGQUIT)
            while server.isRunning { usleep(1000) }
        }
        // The server's last child may still write for a moment after the postmaster has gone.
        while !ServerProcess.all(in: layout.cluster).isEmpty { usleep(1000) }
        try? FileSystem.removeTree(directory)
    }
}
