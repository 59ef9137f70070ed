import Glibc

/// The user as whom the server runs when we are root.
struct ServerUser: Sendable {
    let name: String
    let uid: uid_t
    let gid: gid_t

    /// `nil` when we are not root: the server runs as ourselves.
    static func needed(_ name: String) throws(EmbeddedDatabaseError) -> ServerUser? {
        guard geteuid() == 0 else { return nil }
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil, entry.pw_uid != 0 else {
            throw .noSuchUser(name)
        }
        return ServerUser(name: name, uid: entry.pw_uid, gid: entry.pw_gid)
    }

    /// Looks at every directory on the way down, since PostgreSQL's own words for this are hard to understand.
    func checkMayEnter(parentsOf path: String) throws(EmbeddedDatabaseError) {
        var directory = FileSystem.parent(of: path)
        while true {
            var status = stat()
            guard stat(directory, &status) == 0 else { throw FileSystem.failure("look at", directory) }
            let bit: mode_t = status.st_uid == uid ? 0o100 : status.st_gid == gid ? 0o010 : 0o001
            guard status.st_mode & bit != 0 else { throw .notTraversable(directory: directory, user: name) }
            if directory == "/" || directory == "." { return }
            directory = FileSystem.parent(of: directory)
        }
    }
}
