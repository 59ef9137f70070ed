import Glibc

/// The few operations on files that keeping a cluster needs, with the system's error in each failure.
enum FileSystem {
    static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Makes the directory if it is missing, and sets its owner and mode either way.
    static func makeDirectory(_ path: String, mode: mode_t, owner: ServerUser?) throws(EmbeddedDatabaseError) {
        if mkdir(path, mode) != 0, errno != EEXIST { throw failure("make the directory", path) }
        // Not through a symbolic link: as root we would give away whatever it points to.
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open the directory", path) }
        defer { close(descriptor) }
        if let owner, fchown(descriptor, owner.uid, owner.gid) != 0 { throw failure("change the owner of", path) }
        if fchmod(descriptor, mode) != 0 { throw failure("change the mode of", path) }
    }

    /// The whole of a small file; `nil` when it is missing.
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while content.count < 1 << 20 {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            content += buffer.prefix(count)
        }
        return String(validating: content, as: UTF8.self)
    }

    /// Replaces a file as a whole: a crash leaves the old one or the new one.
    static func replace(_ path: String, with content: String, owner: ServerUser?) throws(EmbeddedDatabaseError) {
        let temporary = "\(path).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create", temporary) }
        defer { close(descriptor) }
        if let owner, fchown(descriptor, owner.uid, owner.gid) != 0 { throw failure("change the owner of", temporary) }
        var rest = Array(content.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write", temporary) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw failure("write", temporary) }
        try rename(temporary, to: path)
    }

    static func rename(_ path: String, to target: String) throws(EmbeddedDatabaseError) {
        guard Glibc.rename(path, target) == 0 else { throw failure("rename", path) }
        try synchroniseDirectory(of: target)
    }

    /// Names survive a power cut only once their directory is written.
    private static func synchroniseDirectory(of path: String) throws(EmbeddedDatabaseError) {
        let directory = parent(of: path)
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open the directory", directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("write the directory", directory) }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The names in a directory, without `.` and `..`; none when it cannot be read.
    static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a directory and all in it; links are removed, not followed.
    static func removeTree(_ path: String) throws(EmbeddedDatabaseError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw failure("remove", path)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            if unlink(path) != 0 { throw failure("remove", path) }
            return
        }
        for name in names(in: path) { try removeTree("\(path)/\(name)") }
        if rmdir(path) != 0 { throw failure("remove", path) }
    }

    static func target(ofLink path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                characters.baseAddress.map { readlink(path, $0, characters.count) } ?? -1
            }
        }
        guard count > 0 else { return nil }
        return String(validating: buffer.prefix(count), as: UTF8.self)
    }

    static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    static func failure(_ operation: String, _ path: String) -> EmbeddedDatabaseError {
        .system(operation: operation, path: path, errno: errno)
    }
}
