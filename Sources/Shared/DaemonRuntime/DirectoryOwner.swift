import Glibc

/// Whom a daemon's own directory belongs to.
public enum DirectoryOwner {
    /// Becomes, for good, the user whom the directory belongs to, when this is root: what root wrote into it the daemon
    /// of that user could neither read nor lock.
    ///
    /// What only root may read, such as a join token, has to be read before. Nothing happens where there is no directory.
    public static func become(of path: String) throws(DurableFileError) {
        guard geteuid() == 0 else { return }
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            if errno == ENOENT { return }
            throw failure("look at", path)
        }
        guard facts.st_uid != 0 else { return }
        // The groups first: afterwards we may not change them any more.
        guard setgroups(0, nil) == 0, setgid(facts.st_gid) == 0, setuid(facts.st_uid) == 0 else {
            throw failure("become the owner of", path)
        }
        // Libraries look for files in the home: root's would be closed to us.
        setenv("HOME", path, 1)
    }

    /// Runs the body as the user whom the directory belongs to, when this is root, and is root again afterwards: for
    /// commands that have files of root's to look after as well.
    public static func acting<Value>(for path: String, _ body: () async throws -> Value) async throws -> Value {
        guard geteuid() == 0 else { return try await body() }
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            if errno == ENOENT { return try await body() }
            throw failure("look at", path)
        }
        guard facts.st_uid != 0 else { return try await body() }
        let (groups, group, home) = (try groups(), getegid(), ProcessEnvironment.current()["HOME"])
        guard setgroups(0, nil) == 0, setegid(facts.st_gid) == 0, seteuid(facts.st_uid) == 0 else {
            throw failure("become the owner of", path)
        }
        setenv("HOME", path, 1)
        defer {
            // What was given up for a while is always given back: the saved user is root still.
            precondition(seteuid(0) == 0 && setegid(group) == 0 && setgroups(groups.count, groups) == 0)
            if let home { setenv("HOME", home, 1) } else { unsetenv("HOME") }
        }
        return try await body()
    }

    private static func groups() throws(DurableFileError) -> [gid_t] {
        var groups = [gid_t](repeating: 0, count: max(0, Int(getgroups(0, nil))))
        guard getgroups(Int32(groups.count), &groups) == Int32(groups.count) else {
            throw failure("read the groups of", "this process")
        }
        return groups
    }

    private static func failure(_ action: String, _ path: String) -> DurableFileError {
        .failed(action: action, path: path, reason: String(cString: strerror(errno)))
    }
}
