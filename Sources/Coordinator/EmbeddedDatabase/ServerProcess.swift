import Glibc

/// A postmaster: our child, or the child of a coordinator that was killed.
///
/// Deliberately not tied to us with PR_SET_PDEATHSIG: that signal fires when the *thread* that started the child ends,
/// and it would turn each kill of the coordinator into a crash recovery. The next coordinator adopts the server.
struct ServerProcess: Hashable, Sendable {
    let pid: pid_t
    /// Clock ticks since boot; with the pid it names a process for good, since pids come back.
    let startTime: UInt64

    init?(_ pid: pid_t) {
        guard let status = ProcessStatus(pid), !status.hasEnded else { return nil }
        self.pid = pid
        startTime = status.startTime
    }

    /// Reaps the process if it is our child.
    var isRunning: Bool {
        var status: Int32 = 0
        _ = waitpid(pid, &status, WNOHANG)
        // At the limit of open files /proc cannot be read, and a server is not gone for that.
        guard let now = ProcessStatus(pid) else { return kill(pid, 0) == 0 || errno == EPERM }
        return now.startTime == startTime && !now.hasEnded
    }

    func signal(_ number: Int32) {
        if isRunning { kill(pid, number) }
    }

    /// Every PostgreSQL process that works in the cluster's directory: the postmaster, and its backends, which can
    /// outlive it for a moment. An operator's shell there is none.
    static func all(in cluster: String) -> [ServerProcess] {
        guard let real = FileSystem.realPath(cluster) else { return [] }
        return FileSystem.names(in: "/proc").compactMap { name in
            guard let pid = pid_t(name), FileSystem.target(ofLink: "/proc/\(name)/cwd") == real,
                // With " (deleted)" behind it once the package was upgraded.
                FileSystem.target(ofLink: "/proc/\(name)/exe")?.contains("/postgres") == true
            else { return nil }
            return ServerProcess(pid)
        }
    }

    /// The postmaster that the cluster's pid file names, if that process really works in the cluster.
    static func running(in layout: ClusterLayout) -> ServerProcess? {
        guard
            let line = FileSystem.read(layout.pidFile)?.split(separator: "\n", omittingEmptySubsequences: false).first,
            let pid = pid_t(line), pid > 1,
            FileSystem.target(ofLink: "/proc/\(pid)/cwd") == FileSystem.realPath(layout.cluster)
        else { return nil }
        return ServerProcess(pid)
    }
}

/// What `/proc/<pid>/stat` says (proc(5)): the state and, as the twenty-second field, the start time.
private struct ProcessStatus {
    let hasEnded: Bool
    let startTime: UInt64

    init?(_ pid: pid_t) {
        // The second field is the program's name in parentheses, which may itself hold spaces and parentheses.
        guard let text = FileSystem.read("/proc/\(pid)/stat"), let nameEnd = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: nameEnd)...].split(separator: " ")
        guard fields.count > 19, let startTime = UInt64(fields[19]) else { return nil }
        hasEnded = fields[0] == "Z" || fields[0] == "X"
        self.startTime = startTime
    }
}
