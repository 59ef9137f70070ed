import Logging
import Synchronization

/// A fixed number of connections to PostgreSQL, each with a thread of its own, that take whole units of work from one
/// queue.
///
/// A unit of work is a synchronous closure. It runs on the connection's thread while the caller awaits, so that there is
/// no suspension between BEGIN and COMMIT. Cancelling the awaiting task drops a unit that still waits
/// (`DatabaseError.cancelled`); one that runs goes on to its end.
public final class DatabasePool: Sendable {
    private let configuration: DatabaseConfiguration
    private let queue: JobQueue
    private let logger: Logger
    private let lifecycle = Mutex(Lifecycle.new)

    private enum Lifecycle {
        case new
        case running([BlockingThread], ThreadCountdown)
        case stopped
    }

    public init(_ configuration: DatabaseConfiguration, logger: Logger) {
        precondition(configuration.connections > 0, "a pool without connections")
        self.configuration = configuration
        self.logger = logger
        queue = JobQueue(waitingLimit: configuration.waitingLimit, connections: configuration.connections)
    }

    /// Whether at least one connection stands.
    public var isHealthy: Bool { figures.connected > 0 }
    public var figures: PoolFigures { queue.figures }

    /// Starts the threads and returns at once. Callers wait, up to the longest wait, for the first connection.
    public func start() {
        lifecycle.withLock { lifecycle in
            guard case .new = lifecycle else { return }
            let countdown = ThreadCountdown(configuration.connections + 1)
            let worker = PoolWorker(configuration: configuration, queue: queue)
            var threads = (0..<configuration.connections).map { _ in
                BlockingThread {
                    worker.run()
                    countdown.threadEnded()
                }
            }
            let queue = queue
            threads.append(
                BlockingThread {
                    queue.keepTime()
                    countdown.threadEnded()
                }
            )
            lifecycle = .running(threads, countdown)
        }
        logger.debug("database pool started", metadata: ["connections": "\(configuration.connections)"])
    }

    /// Refuses new work and what waits, lets what runs end, and closes the connections.
    public func shutdown() async {
        queue.stop()
        let running: ([BlockingThread], ThreadCountdown)? = lifecycle.withLock { lifecycle in
            defer { lifecycle = .stopped }
            guard case .running(let threads, let countdown) = lifecycle else { return nil }
            return (threads, countdown)
        }
        guard let (threads, countdown) = running else { return }
        await countdown.ended()
        for thread in threads { thread.join() }
        logger.debug("database pool stopped")
    }

    /// Starts, serves until the task is cancelled, and shuts down.
    public func run() async {
        start()
        await untilCancelled()
        await shutdown()
    }

    /// Reads one consistent snapshot: the closure runs in a read-only transaction.
    ///
    /// - Throws: what the closure throws, as it is, or `DatabaseError`.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws -> Value {
        try await attempt(isolation: .repeatableRead, isReadOnly: true) { transaction in try body(transaction) }
    }

    /// Reads by one statement, in one round trip; `decode` makes the rows into something that may leave the thread.
    ///
    /// - Throws: what `decode` throws, as it is, or `DatabaseError`.
    public func query<Value: Sendable>(
        _ statement: BoundStatement,
        _ decode: @escaping @Sendable (QueryResult) throws -> Value
    ) async throws -> Value {
        try await attempt { connection in
            TransactionAttempt.readOne(statement, on: connection, decode)
        }
    }

    /// Runs the closure in a transaction and commits it when it returns; whatever it throws rolls back.
    ///
    /// The closure may run several times, since a transaction that conflicts with another (SQLSTATE 40001, 40P01) is
    /// begun anew after a random pause: it must change nothing but the database.
    ///
    /// - Throws: what the closure throws, as it is, or `DatabaseError`.
    @discardableResult
    public func transaction<Value: Sendable>(
        isolation: IsolationLevel = .readCommitted,
        _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws -> Value {
        try await attempt(isolation: isolation, isReadOnly: false, body)
    }

    /// Like ``transaction(isolation:_:)`` for callers that keep the errors of their domain typed: a closure that
    /// returns `.failure` rolls back.
    public func transactionResult<Value: Sendable, Failure: Error>(
        isolation: IsolationLevel = .readCommitted,
        _ body: @escaping @Sendable (Transaction) throws(DatabaseError) -> Result<Value, Failure>
    ) async throws(DatabaseError) -> Result<Value, Failure> {
        do {
            let value = try await attempt(isolation: isolation, isReadOnly: false) { transaction in
                switch try body(transaction) {
                case .success(let value): return value
                case .failure(let failure): throw Refusal(failure: failure)
                }
            }
            return .success(value)
        } catch let refusal as Refusal<Failure> {
            return .failure(refusal.failure)
        } catch let error as DatabaseError {
            throw error
        } catch {
            preconditionFailure("the closure throws nothing else")
        }
    }

    /// Carries a domain's failure out through the rollback, apart from errors of the database.
    private struct Refusal<Failure: Error>: Error {
        let failure: Failure
    }

    private func attempt<Value: Sendable>(
        isolation: IsolationLevel,
        isReadOnly: Bool,
        _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws -> Value {
        try await attempt { connection in
            TransactionAttempt.run(on: connection, isolation: isolation, isReadOnly: isReadOnly, body)
        }
    }

    private func attempt<Value: Sendable>(
        _ work: @escaping @Sendable (Connection) -> TransactionAttempt<Value>
    ) async throws -> Value {
        var attempts = 1
        while true {
            switch await submit(work) {
            case .ended(let result): return try result.get()
            case .conflicted(let error) where attempts >= configuration.transactionAttempts: throw error
            case .conflicted: break
            }
            // Full jitter: up to 2 ms, 4 ms, … 64 ms.
            let bound_us = 1000 << min(attempts, 6)
            do {
                try await Task.sleep(for: .microseconds(Int.random(in: 0...bound_us)))
            } catch {
                throw DatabaseError.cancelled
            }
            attempts += 1
        }
    }

    private func submit<Value: Sendable>(
        _ work: @escaping @Sendable (Connection) -> TransactionAttempt<Value>
    ) async -> TransactionAttempt<Value> {
        let slot = Mutex<Job?>(nil)
        let queue = queue
        let deadline_ns = MonotonicClock.now_ns() + configuration.longestWait.clamped_ns
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let job = Job(
                    deadline_ns: deadline_ns,
                    run: { connection in continuation.resume(returning: work(connection)) },
                    refuse: { error in continuation.resume(returning: .ended(.failure(error))) }
                )
                slot.withLock { $0 = job }
                queue.submit(job)
                // A cancellation that came before the job was in its slot found nothing to drop.
                if Task.isCancelled { queue.cancel(job) }
            }
        } onCancel: {
            if let job = slot.withLock({ $0 }) { queue.cancel(job) }
        }
    }
}
