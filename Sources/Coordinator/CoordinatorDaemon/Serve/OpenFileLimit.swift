import Glibc

/// How many files and connections the process may have open (getrlimit(2)).
///
/// Each listener has a share for those who have not proved anything, so that all of them together cannot take the files
/// that nodes' links and the database need. The limit itself is never to be reached: libdispatch ends the process when it
/// cannot open a file under /proc/self/task. So `LimitNOFILE=` is to be above the number of nodes, twice over.
enum OpenFileLimit {
    static var customerConnections: Int { share(2, max: 20_000) }
    static var linkNewcomers: Int { share(8, max: 256) }
    static var operatorConnections: Int { share(16, max: 256) }
    static var opsConnections: Int { share(32, max: 64) }

    private static func share(_ part: Int, max: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return min(max, 1024 / part) }
        return min(max, Swift.max(4, Int(clamping: limit.rlim_cur) / part))
    }
}
