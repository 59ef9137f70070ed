import Glibc

/// The file system on which the peer table lies.
enum StateDisk {
    /// For the agent's user; nil where it cannot be asked.
    static func free_bytes(_ directory: String) -> UInt64? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }
}
