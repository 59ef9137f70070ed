import Glibc

/// How many files and connections the process may have open (getrlimit(2)).
enum OpenFileLimit {
    /// Half of them, for the customers: what they take must not be missing for the nodes' links and the database.
    static var customerConnections: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 512 }
        return min(20_000, max(64, Int(clamping: limit.rlim_cur) / 2))
    }
}
