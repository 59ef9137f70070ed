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

    private static func failure(_ action: String, _ path: String) -> DurableFileError {
        .failed(action: action, path: path, reason: String(cString: strerror(errno)))
    }
}
