import CSpawn
import DaemonRuntime
import Glibc

/// A program started by us, in a session of its own, so that a terminal's Ctrl-C reaches the coordinator alone, which
/// then stops the server in order.
enum ChildProcess {
    private static let setpriv = "/usr/bin/setpriv"

    /// - Parameter user: as whom it runs, if not as ourselves; setpriv(1) changes over and then becomes the program,
    ///   so that the process id is the program's.
    /// - Returns: the process id. The caller reaps it.
    static func spawn(
        _ program: String,
        _ arguments: [String],
        as user: ServerUser?,
        in directory: String,
        log: String
    ) throws(EmbeddedDatabaseError) -> pid_t {
        var command = [program] + arguments
        if let user {
            command =
                [setpriv, "--reuid=\(user.uid)", "--regid=\(user.gid)", "--init-groups", "--inh-caps=-all", "--"]
                + command
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addchdir_np(&actions, directory)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        setSignals(&attributes)

        var pid = pid_t()
        let failure = ArgumentVector.with(command) { arguments in
            ArgumentVector.with(["PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"]) { environment in
                posix_spawn(&pid, command[0], &actions, &attributes, arguments, environment)
            }
        }
        guard failure == 0 else { throw .system(operation: "start", path: command[0], errno: failure) }
        return pid
    }

    /// Waits for the end of a child; true when it ended with status 0.
    static func wait(for pid: pid_t) -> Bool {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { return false }
        }
        return status == 0
    }

    /// The server starts with no signal blocked or ignored, whatever the coordinator does with its own.
    private static func setSignals(_ attributes: inout posix_spawnattr_t) {
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let newSession: Int32 = 0x80  // POSIX_SPAWN_SETSID, hidden behind _GNU_SOURCE in <spawn.h>
        let flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | newSession
        posix_spawnattr_setflags(&attributes, Int16(flags))
    }
}
