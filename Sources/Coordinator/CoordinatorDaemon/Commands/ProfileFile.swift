import DaemonRuntime
import Glibc
import Model

/// A new file for its owner alone, opened before the process gives up its rights and filled afterwards.
struct ProfileFile {
    private let descriptor: Int32
    private let path: String

    /// - Throws: `DurableFileError.exists` rather than to write over a profile.
    init(reserving path: String) throws(DurableFileError) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw errno == EEXIST
                ? .exists(path: path) : .failed(action: "create", path: path, reason: String(cString: strerror(errno)))
        }
        self.path = path
    }

    func write(_ text: Secret<String>) throws(DurableFileError) {
        defer { close(descriptor) }
        let bytes = Array(text.reveal().utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw .failed(action: "write", path: path, reason: String(cString: strerror(errno)))
            }
            written += count
        }
        guard fsync(descriptor) == 0 else {
            throw .failed(action: "sync", path: path, reason: String(cString: strerror(errno)))
        }
    }

    /// Nothing came of it.
    func discard() {
        close(descriptor)
        unlink(path)
    }
}
