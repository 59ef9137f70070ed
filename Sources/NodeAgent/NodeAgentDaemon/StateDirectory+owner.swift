import Glibc

extension StateDirectory {
    /// Becomes the user that the directory belongs to, for good, when this is root: what root wrote into it the agent
    /// of that user could neither read nor lock.
    ///
    /// What only root may read, such as a join token, has to be read before.
    func becomeOwner() throws(Failure) {
        guard geteuid() == 0 else { return }
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            if errno == ENOENT { return }
            throw Failure(call: "look at", path)
        }
        guard facts.st_uid != 0 else { return }
        // The groups first: afterwards we may not change them any more.
        guard setgroups(0, nil) == 0, setgid(facts.st_gid) == 0, setuid(facts.st_uid) == 0 else {
            throw Failure(call: "become the owner of", path)
        }
    }
}
