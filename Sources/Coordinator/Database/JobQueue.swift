/// What the pool's callers and its threads share: the waiting jobs, and what is known of the server's health.
///
/// Jobs are refused outside the lock, since a refusal resumes a task.
final class JobQueue: @unchecked Sendable {
    /// Held by the thread that opens a connection.
    let connecting = Monitor()
    private let monitor = Monitor()
    private let jobArrived = Condition()
    private let connectionMade = Condition()
    private let stopping = Condition()
    private let waitingLimit: Int
    private let connections: Int
    private var waiting: [Job] = []
    private var connected = 0
    private var busy = 0
    /// Set while no connection exists and the last attempt at one failed: whoever asks is refused at once.
    private var outage: Unavailability?
    private var lastFailure: Unavailability?
    private var reconnections = 0
    private var isStopping = false

    enum Next {
        case job(Job)
        case idle
        case stop
    }

    init(waitingLimit: Int, connections: Int) {
        self.waitingLimit = waitingLimit
        self.connections = connections
    }

    var figures: PoolFigures {
        monitor.withLock {
            PoolFigures(
                connections: connections,
                connected: connected,
                busy: busy,
                waiting: waiting.count,
                lastFailure: lastFailure
            )
        }
    }

    var isStopped: Bool { monitor.withLock { isStopping } }

    func submit(_ job: Job) {
        let refusal: Unavailability? = monitor.withLock {
            if isStopping { return .shutDown }
            if let outage { return outage }
            if waiting.count >= waitingLimit { return .queueFull }
            waiting.append(job)
            jobArrived.signal()
            return nil
        }
        if let refusal { job.refuse(.unavailable(refusal)) }
    }

    /// Drops a job that still waits; one that runs goes on to its end.
    func cancel(_ job: Job) {
        let wasWaiting = monitor.withLock {
            guard let place = waiting.firstIndex(where: { $0 === job }) else { return false }
            waiting.remove(at: place)
            return true
        }
        if wasWaiting { job.refuse(.cancelled) }
    }

    /// Refuses what waits and lets the threads end after what runs.
    func stop() {
        let refused = monitor.withLock {
            isStopping = true
            for condition in [jobArrived, connectionMade, stopping] { condition.broadcast() }
            return takeAll()
        }
        for job in refused { job.refuse(.unavailable(.shutDown)) }
    }

    /// The next job, or `.idle` when none came until the instant.
    func next(until instant_ns: Int64) -> Next {
        monitor.withLock {
            while waiting.isEmpty {
                if isStopping { return .stop }
                if MonotonicClock.now_ns() >= instant_ns { return .idle }
                monitor.wait(for: jobArrived, until: instant_ns)
            }
            busy += 1
            return .job(waiting.removeFirst())
        }
    }

    func jobEnded() {
        monitor.withLock { busy -= 1 }
    }

    func connectionOpened() {
        monitor.withLock {
            connected += 1
            reconnections += 1
            outage = nil
            lastFailure = nil
            // The others need not sit out their pauses.
            connectionMade.broadcast()
        }
    }

    func connectionClosed(_ reason: Unavailability) {
        monitor.withLock {
            connected -= 1
            lastFailure = reason
        }
    }

    func connectingFailed(_ reason: Unavailability) {
        let refused: [Job] = monitor.withLock {
            lastFailure = reason
            guard connected == 0 else { return [] }
            outage = reason
            return takeAll()
        }
        for job in refused { job.refuse(.unavailable(reason)) }
    }

    /// Pauses between two attempts to connect, cut short when another worker succeeds. False: stop.
    func pause(until instant_ns: Int64) -> Bool {
        monitor.withLock {
            let seen = reconnections
            while !isStopping, reconnections == seen, MonotonicClock.now_ns() < instant_ns {
                monitor.wait(for: connectionMade, until: instant_ns)
            }
            return !isStopping
        }
    }

    /// Refuses what has waited too long, ten times a second, until the pool stops.
    func keepTime() {
        while true {
            let tick_ns = MonotonicClock.now_ns() + 100_000_000
            let expired: [Job]? = monitor.withLock {
                while !isStopping, MonotonicClock.now_ns() < tick_ns {
                    monitor.wait(for: stopping, until: tick_ns)
                }
                if isStopping { return nil }
                let now_ns = MonotonicClock.now_ns()
                let expired = Array(waiting.prefix { $0.deadline_ns <= now_ns })
                waiting.removeFirst(expired.count)
                return expired
            }
            guard let expired else { return }
            for job in expired { job.refuse(.unavailable(.waitedTooLong)) }
        }
    }

    private func takeAll() -> [Job] {
        defer { waiting = [] }
        return waiting
    }
}
