import Database
import Glibc
import Logging

/// Makes, starts and stops the cluster. All of it blocks, and runs on a thread of its own.
struct ClusterKeeper: Sendable {
    let layout: ClusterLayout
    let options: EmbeddedDatabaseOptions
    let user: ServerUser?
    let logger: Logger

    private static let pause_us: UInt32 = 10_000
    private static let patienceWithLeftovers = Duration.seconds(5)
    private static let logLimit: off_t = 16 << 20

    /// The directories, and who may enter them. Ours stays ours even when we are root, so that nobody else can put a
    /// link in the way of what we open there.
    func makeDirectories() throws(EmbeddedDatabaseError) {
        try FileSystem.makeDirectory(layout.directory, mode: user == nil ? 0o700 : 0o711, owner: nil)
        if let user { try user.checkMayEnter(parentsOf: layout.cluster) }
    }

    /// A complete cluster, made if there is none. One that a crash left half made is thrown away and made anew.
    func makeCluster() throws(EmbeddedDatabaseError) -> ServerPrograms {
        for name in FileSystem.names(in: layout.directory) where name.hasPrefix(ClusterLayout.unfinishedPrefix) {
            logger.notice("removing a cluster that was never completed", metadata: ["directory": "\(name)"])
            try FileSystem.removeTree("\(layout.directory)/\(name)")
        }
        if FileSystem.exists(layout.cluster) {
            guard let version = FileSystem.read("\(layout.cluster)/PG_VERSION"),
                FileSystem.exists("\(layout.cluster)/global/pg_control")
            else { throw .notACluster(directory: layout.cluster) }
            let number = version.filter { $0.isNumber || $0 == "." }
            return try ServerPrograms.find(in: options.programsDirectory, version: number)
        }
        let programs = try ServerPrograms.find(in: options.programsDirectory, version: nil)
        try initialise(programs)
        return programs
    }

    /// The server that a killed coordinator left running, or a new one; ready for connections.
    func start(_ programs: ServerPrograms) throws(EmbeddedDatabaseError) -> ServerProcess {
        let begin_ns = MonotonicClock.now_ns()
        let deadline_ns = begin_ns + options.startTimeout.clamped_ns
        try FileSystem.makeDirectory(layout.socketDirectory, mode: 0o700, owner: user)
        let settings = ServerSettings.file(options, layout)
        try FileSystem.replace("\(layout.cluster)/postgresql.conf", with: settings, owner: user)
        while MonotonicClock.now_ns() < deadline_ns {
            if let running = ServerProcess.running(in: layout) {
                if try adopt(running, deadline_ns) { return running }
            } else if !waitForLeftovers(since: begin_ns) {
                return try launch(programs, deadline_ns)
            }
        }
        throw .startFailed(log: layout.log)
    }

    /// A fast shutdown: sessions are ended, what is committed is written, no recovery at the next start.
    func stop(_ server: ServerProcess) {
        server.signal(SIGINT)
        if waitForEnd(server, options.stopTimeout) { return }
        logger.warning("the database server does not stop; ending it at once")
        server.signal(SIGQUIT)
        if waitForEnd(server, .seconds(10)) { return }
        server.signal(SIGKILL)
        _ = waitForEnd(server, .seconds(10))
    }

    private func initialise(_ programs: ServerPrograms) throws(EmbeddedDatabaseError) {
        // A name of its own: an initdb that outlived a killed coordinator may still be writing into another.
        let unfinished = "\(layout.directory)/\(ClusterLayout.unfinishedPrefix)\(UInt64.random(in: 0 ... .max))"
        try FileSystem.makeDirectory(unfinished, mode: 0o700, owner: user)
        var arguments = [
            "--pgdata=\(unfinished)", "--username=\(ClusterLayout.role)", "--encoding=UTF8", "--locale=C",
            "--auth-local=trust", "--auth-host=reject", "--no-instructions", "--data-checksums",
        ]
        if !options.isDurable { arguments.append("--no-sync") }
        logger.info("making the database cluster", metadata: ["version": "\(programs.version)"])
        let pid = try ChildProcess.spawn(
            programs.initdb,
            arguments,
            as: user,
            in: layout.directory,
            log: layout.log
        )
        guard ChildProcess.wait(for: pid) else {
            try FileSystem.removeTree(unfinished)
            throw .initialisationFailed(log: layout.log)
        }
        try FileSystem.rename(unfinished, to: layout.cluster)
    }

    /// False when the server ended meanwhile: it was on its way out.
    private func adopt(_ server: ServerProcess, _ deadline_ns: Int64) throws(EmbeddedDatabaseError) -> Bool {
        guard hasOurSocket else {
            logger.notice("the running database server listens elsewhere; restarting it")
            stop(server)
            return false
        }
        guard try waitUntilReady(server, deadline_ns) else { return false }
        server.signal(SIGHUP)
        logger.notice("adopted the running database server", metadata: ["pid": "\(server.pid)"])
        return true
    }

    /// The fifth line of `postmaster.pid` is the first socket directory; it is empty until the server listens.
    private var hasOurSocket: Bool {
        let lines = FileSystem.read(layout.pidFile)?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
        return lines.count < 5 || lines[4].isEmpty || lines[4] == layout.socketDirectory
    }

    /// Backends whose postmaster was killed end by themselves once they notice; until then no new server may touch
    /// the files. One that is asked and does not end is killed, as the postmaster itself would do after 5 s
    /// (SIGKILL_CHILDREN_AFTER_SECS in postmaster.c): PostgreSQL's handler of SIGQUIT can deadlock in malloc.
    /// True: look again.
    private func waitForLeftovers(since begin_ns: Int64) -> Bool {
        let leftovers = ServerProcess.all(in: layout.cluster)
        guard !leftovers.isEmpty else { return false }
        let isPatient = MonotonicClock.now_ns() - begin_ns < Self.patienceWithLeftovers.clamped_ns
        for leftover in leftovers { leftover.signal(isPatient ? SIGQUIT : SIGKILL) }
        usleep(Self.pause_us)
        return true
    }

    private func launch(
        _ programs: ServerPrograms,
        _ deadline_ns: Int64
    ) throws(EmbeddedDatabaseError) -> ServerProcess {
        // We hold the directory's lock and no process works in the cluster: a pid file is a dead server's. Left alone,
        // it would stop the new one whenever its pid has come back as somebody else's.
        unlink(layout.pidFile)
        rotateLog()
        let pid = try ChildProcess.spawn(
            programs.postgres,
            ["-D", layout.cluster],
            as: user,
            in: layout.directory,
            log: layout.log
        )
        guard let server = ServerProcess(pid) else {
            _ = ChildProcess.wait(for: pid)
            throw .startFailed(log: layout.log)
        }
        do throws(EmbeddedDatabaseError) {
            guard try waitUntilReady(server, deadline_ns) else { throw .startFailed(log: layout.log) }
        } catch {
            stop(server)
            throw error
        }
        logger.info("started the database server", metadata: ["pid": "\(pid)", "version": "\(programs.version)"])
        return server
    }

    /// True once the server takes connections and has our database; false when it ended or time is up.
    private func waitUntilReady(
        _ server: ServerProcess,
        _ deadline_ns: Int64
    ) throws(EmbeddedDatabaseError) -> Bool {
        while server.isRunning, MonotonicClock.now_ns() < deadline_ns {
            do throws(DatabaseError) {
                let configuration = try DatabaseConfiguration(layout.connectionString(database: "postgres"))
                try Connection.runScript("CREATE DATABASE \(ClusterLayout.database)", on: configuration)
                return true
            } catch {
                switch error {
                case .statement("42P04", _): return true  // duplicate_database
                case .unavailable: usleep(Self.pause_us)
                default: throw .refused(error.description)
                }
            }
        }
        return false
    }

    private func waitForEnd(_ server: ServerProcess, _ limit: Duration) -> Bool {
        let deadline_ns = MonotonicClock.now_ns() + limit.clamped_ns
        while server.isRunning {
            if MonotonicClock.now_ns() >= deadline_ns { return false }
            usleep(Self.pause_us)
        }
        return true
    }

    private func rotateLog() {
        var status = stat()
        if stat(layout.log, &status) == 0, status.st_size > Self.logLimit {
            rename(layout.log, "\(layout.log).old")
        }
    }
}
