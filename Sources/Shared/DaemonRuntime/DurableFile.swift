import Glibc

/// Files that are whole or absent, whatever instant the power fails at.
public enum DurableFile {
    /// Writes beside the file, syncs, moves into place and syncs the directory.
    ///
    /// A crash leaves the old content or the new, and at worst a stray `.NAME.….tmp` beside it.
    /// - Parameters:
    ///   - mode: the permission bits, whatever the process's umask.
    ///   - replacing: false refuses with `exists` when the file is there, also when another process makes it meanwhile.
    public static func write(
        _ bytes: [UInt8],
        to path: String,
        mode: UInt32 = 0o600,
        replacing: Bool = true
    ) throws(DurableFileError) {
        let (directory, name) = split(path)
        let unique = "\(getpid()).\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        let temporary = "\(directory)/.\(name).\(unique).tmp"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("create", path) }
        defer { unlink(temporary) }
        do throws(DurableFileError) {
            try fill(file, with: bytes, mode: mode, path: path)
        } catch {
            close(file)
            throw error
        }
        guard close(file) == 0 else { throw failure("write", path) }
        if replacing {
            guard rename(temporary, path) == 0 else { throw failure("replace", path) }
        } else if link(temporary, path) != 0 {
            throw errno == EEXIST ? .exists(path: path) : failure("create", path)
        }
        try syncDirectory(directory)
    }

    /// - Parameters:
    ///   - limit_bytes: a longer file is refused, unread.
    ///   - ownerOnly: for secrets: refuses a file that group or others may touch, or that a stranger owns.
    public static func read(
        _ path: String,
        limit_bytes: Int,
        ownerOnly: Bool = false
    ) throws(DurableFileError) -> [UInt8] {
        // Not blocking: a pipe in the place of the file must not hold the daemon's start for ever.
        // A secret's name is the file itself: root may be reading in a folder of a service's user.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (ownerOnly ? O_NOFOLLOW : 0))
        guard file >= 0 else { throw errno == ENOENT ? .missing(path: path) : failure("read", path) }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0 else { throw failure("read", path) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
        if ownerOnly {
            guard facts.st_mode & 0o077 == 0 else { throw .exposed(path: path, mode: facts.st_mode & 0o7777) }
            guard facts.st_uid == geteuid() || facts.st_uid == 0 || isOwnersOwn(facts, path) else {
                throw .foreignOwner(path: path, user: facts.st_uid)
            }
        }
        return try contents(of: file, path: path, limit_bytes: limit_bytes)
    }

    /// Makes what was created, renamed or removed in a directory survive a power failure.
    public static func syncDirectory(_ path: String) throws(DurableFileError) {
        let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure("open", path) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw failure("sync", path) }
    }

    /// For root, who looks into a service's files: whether the file belongs to the owner of its folder.
    private static func isOwnersOwn(_ file: stat, _ path: String) -> Bool {
        var folder = stat()
        guard geteuid() == 0, stat(split(path).directory, &folder) == 0 else { return false }
        return folder.st_uid == file.st_uid && folder.st_mode & 0o022 == 0
    }

    private static func contents(
        of file: Int32,
        path: String,
        limit_bytes: Int
    ) throws(DurableFileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit_bytes else { throw .tooLarge(path: path, limit_bytes: limit_bytes) }
        }
    }

    private static func fill(
        _ file: Int32,
        with bytes: [UInt8],
        mode: UInt32,
        path: String
    ) throws(DurableFileError) {
        guard fchmod(file, mode) == 0 else { throw failure("set the mode of", path) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write", path) }
            written += count
        }
        guard fsync(file) == 0 else { throw failure("sync", path) }
    }

    private static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = slash == path.startIndex ? "/" : String(path[..<slash])
        return (directory, String(path[path.index(after: slash)...]))
    }

    private static func failure(_ action: String, _ path: String) -> DurableFileError {
        .failed(action: action, path: path, reason: String(cString: strerror(errno)))
    }
}
