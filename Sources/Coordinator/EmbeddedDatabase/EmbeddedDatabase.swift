import Database
import Logging
import Synchronization

/// A private PostgreSQL cluster in a data directory, for a coordinator without a database of its own.
///
/// Only its unix socket leads to it, in a directory that only the server's user (and root) may enter; whoever is let
/// that far is trusted. As root, the server runs as PostgreSQL's user.
///
/// The server ends with ``stop()``, or when the task of ``run()`` is cancelled. When the coordinator is killed, the
/// server lives on, and the next coordinator on the same directory adopts it.
public final class EmbeddedDatabase: Sendable {
    private let keeper: ClusterKeeper
    private let programs: ServerPrograms
    private let state: Mutex<State>
    private let supervision = Monitor()
    private let supervisionEnds = Condition()
    private let isStopping = Atomic(false)

    private struct State {
        var lock: DirectoryLock?
        var server: ServerProcess
        var restarts = 0
    }

    private init(_ keeper: ClusterKeeper, _ programs: ServerPrograms, _ lock: DirectoryLock, _ server: ServerProcess) {
        self.keeper = keeper
        self.programs = programs
        state = Mutex(State(lock: lock, server: server))
    }

    /// Takes the data directory, makes the cluster if it has none, and starts or adopts the server.
    ///
    /// - Parameter directory: an absolute path; the directory is made if its parent exists.
    public static func start(
        in directory: String,
        options: EmbeddedDatabaseOptions = EmbeddedDatabaseOptions(),
        logger: Logger
    ) async throws(EmbeddedDatabaseError) -> EmbeddedDatabase {
        let result = await BlockingThread.run { () -> Result<EmbeddedDatabase, EmbeddedDatabaseError> in
            do throws(EmbeddedDatabaseError) {
                let layout = try ClusterLayout(directory: directory, socketDirectory: options.socketDirectory)
                let user = try ServerUser.needed(options.serverUser)
                let keeper = ClusterKeeper(layout: layout, options: options, user: user, logger: logger)
                try keeper.makeDirectories()
                let lock = try DirectoryLock(layout)
                let programs = try keeper.makeCluster()
                let server = try keeper.start(programs)
                return .success(EmbeddedDatabase(keeper, programs, lock, server))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// For a process beside the coordinator: how to reach the cluster of a data directory, whether it runs or not.
    public static func connectionString(
        in directory: String,
        options: EmbeddedDatabaseOptions = EmbeddedDatabaseOptions()
    ) throws(EmbeddedDatabaseError) -> String {
        try ClusterLayout(directory: directory, socketDirectory: options.socketDirectory)
            .connectionString(database: ClusterLayout.database)
    }

    /// For libpq. Holds no secret: the socket's directory is what guards the cluster.
    public var connectionString: String { keeper.layout.connectionString(database: ClusterLayout.database) }
    /// Another database of the same cluster.
    package func connectionString(database: String) -> String { keeper.layout.connectionString(database: database) }
    /// How often the server had to be started again since ``start(in:options:logger:)``.
    public var restarts: Int { state.withLock { $0.restarts } }
    public var serverProcessID: Int32 { state.withLock { $0.server.pid } }

    /// Starts the server again whenever it ends, until the task is cancelled; then stops it.
    public func run() async {
        await withTaskCancellationHandler {
            await BlockingThread.run { self.supervise() }
        } onCancel: {
            endSupervision()
        }
        await stop()
    }

    /// A fast shutdown, after which the directory is free for another. Returns when the server has ended.
    public func stop() async {
        endSupervision()
        await BlockingThread.run {
            self.state.withLock { state in
                guard state.lock != nil else { return }
                self.keeper.stop(state.server)
                state.lock = nil
            }
        }
    }

    /// Leaves the server running and lets go of the directory, as being killed does.
    package func abandon() {
        endSupervision()
        state.withLock { $0.lock = nil }
    }

    private func endSupervision() {
        supervision.withLock {
            isStopping.store(true, ordering: .relaxed)
            supervisionEnds.broadcast()
        }
    }

    private func supervise() {
        var failures = 0
        while !sleep(failures == 0 ? .milliseconds(100) : .milliseconds(100 << min(failures, 6))) {
            let hasEnded = state.withLock { $0.lock != nil && !$0.server.isRunning }
            guard hasEnded else {
                failures = 0
                continue
            }
            failures += restart() ? 0 : 1
        }
    }

    /// True when the supervision is over.
    private func sleep(_ duration: Duration) -> Bool {
        let end_ns = MonotonicClock.now_ns() + duration.clamped_ns
        return supervision.withLock {
            while !isStopping.load(ordering: .relaxed), MonotonicClock.now_ns() < end_ns {
                supervision.wait(for: supervisionEnds, until: end_ns)
            }
            return isStopping.load(ordering: .relaxed)
        }
    }

    /// The lock is held meanwhile, so that ``stop()`` finds the new server and not the old one.
    private func restart() -> Bool {
        keeper.logger.error("the database server has ended; starting it again")
        return state.withLock { state in
            guard state.lock != nil else { return true }
            do throws(EmbeddedDatabaseError) {
                state.server = try keeper.start(programs)
                state.restarts += 1
                return true
            } catch {
                keeper.logger.error("the database server does not start", metadata: ["reason": "\(error)"])
                return false
            }
        }
    }
}
