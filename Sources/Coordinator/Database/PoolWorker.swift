/// The life of one of the pool's threads: keep a connection, run jobs on it.
struct PoolWorker {
    let configuration: DatabaseConfiguration
    let queue: JobQueue

    /// How often an idle connection is looked at, so that health tells of a server that went away.
    private static let idleCheck_ns: Int64 = 1_000_000_000

    func run() {
        var failures = 0
        while true {
            switch connect() {
            case .success(let connection):
                failures = 0
                guard serve(connection) else { return }
            case .failure(let reason):
                failures += 1
                queue.connectingFailed(reason)
                guard queue.pause(until: MonotonicClock.now_ns() + pause_ns(after: failures)) else { return }
            }
        }
    }

    private enum Attempt {
        case success(Connection)
        case failure(Unavailability)
    }

    /// One of a pool's threads connects at a time. A server that is slow to start sessions, asked for all of them at
    /// once, would let every one run into its time limit, and the next round again.
    private func connect() -> Attempt {
        queue.connecting.withLock { queue.isStopped ? .failure(.shutDown) : attempt() }
    }

    private func attempt() -> Attempt {
        do throws(DatabaseError) {
            let connection = try Connection(configuration)
            queue.connectionOpened()
            return .success(connection)
        } catch {
            guard case .unavailable(let reason) = error else {
                return .failure(.cannotConnect(error.description))
            }
            return .failure(reason)
        }
    }

    /// Runs jobs until the connection is lost (true) or the pool stops (false).
    private func serve(_ first: Connection) -> Bool {
        var connection = first
        defer { connection.close() }
        while true {
            switch queue.next(until: MonotonicClock.now_ns() + Self.idleCheck_ns) {
            case .stop:
                return false
            case .idle:
                guard connection.checkAlive() else {
                    queue.connectionClosed(.connectionLost)
                    return true
                }
            case .job(let job):
                defer { queue.jobEnded() }
                guard let usable = refreshed(connection, for: job) else { return true }
                connection = usable
                job.run(connection)
                guard connection.isUsable else {
                    queue.connectionClosed(.connectionLost)
                    return true
                }
            }
        }
    }

    /// A connection that died while it was idle is replaced before the job notices. When that fails, so does the job.
    private func refreshed(_ connection: Connection, for job: Job) -> Connection? {
        if connection.checkAlive() { return connection }
        queue.connectionClosed(.connectionLost)
        switch connect() {
        case .success(let fresh): return fresh
        case .failure(let reason):
            queue.connectingFailed(reason)
            job.refuse(.unavailable(reason))
            return nil
        }
    }

    /// Full jitter under a doubling bound, so that instances that lost the server together do not return together.
    private func pause_ns(after failures: Int) -> Int64 {
        let bound_ns = min(configuration.longestReconnectPause.clamped_ns, 50_000_000 << Int64(min(failures - 1, 20)))
        return Int64.random(in: 0...max(1, bound_ns))
    }
}
