import Glibc

/// The directory where the coordinator keeps what is its own.
enum DataDirectory {
    /// Nil for an empty path.
    static func absolutePath(of path: String) -> String? {
        guard !path.isEmpty, !path.utf8.contains(0) else { return nil }
        var result = path
        if !path.hasPrefix("/") {
            guard let current = getcwd(nil, 0) else { return nil }
            defer { free(current) }
            result = "\(String(cString: current))/\(path)"
        }
        while result.count > 1, result.hasSuffix("/") { result.removeLast() }
        return result
    }

    /// Makes the directory if its parent is there. PostgreSQL's user passes through it, and nobody may list it.
    static func make(_ path: String) throws(StartFailure) {
        if mkdir(path, 0o711) != 0, errno != EEXIST {
            throw .dataDirectory(path: path, reason: String(cString: strerror(errno)))
        }
    }
}
