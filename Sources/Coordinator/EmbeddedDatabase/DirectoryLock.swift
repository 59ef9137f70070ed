import Glibc

/// Keeps a second coordinator off the data directory. The kernel lets go of it when the process ends, however it ends.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    init(_ layout: ClusterLayout) throws(EmbeddedDatabaseError) {
        // Close-on-exec: a server that outlives us must not go on holding it.
        let descriptor = open(layout.lock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileSystem.failure("open", layout.lock) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(descriptor)
            if reason == EWOULDBLOCK { throw .inUse(directory: layout.directory) }
            throw .system(operation: "lock", path: layout.lock, errno: reason)
        }
        self.descriptor = descriptor
    }

    deinit {
        // Closing alone leaves the lock with a child that is just being started and has not yet closed its copy.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
