import Database
import Synchronization

/// Lets calls that come at the same time share one.
///
/// A call that comes alone goes at once; while one runs, those that come wait and go together in the next, so nobody
/// waits for a timer. Whoever finds none running, or is first in line when one ends, carries the shared call out in his
/// own task, for all.
final class SharedCalls<Request: Sendable, Answer: Sendable>: Sendable {
    /// An answer for each request, in order.
    typealias Perform = @Sendable ([Request]) async throws -> [Answer]

    private let limit: Int
    private let keepsApart: (@Sendable (Request) -> AnyHashable?)?
    private let longestWait: Duration
    private let perform: Perform
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: requests that share a call at most.
    ///   - keepsApart: of requests with the same value, each waits for the one before; nil stands for none.
    ///   - longestWait: whoever has waited so long when his turn comes is refused.
    init(
        limit: Int,
        keepsApart: (@Sendable (Request) -> AnyHashable?)? = nil,
        longestWait: Duration = .seconds(10),
        perform: @escaping Perform
    ) {
        precondition(limit > 0, "nothing would ever run")
        self.limit = limit
        self.keepsApart = keepsApart
        self.longestWait = longestWait
        self.perform = perform
    }

    private struct Entry {
        let id: Int
        let deadline: ContinuousClock.Instant
        let request: Request
        let continuation: CheckedContinuation<Turn, Never>
    }

    private enum Turn {
        /// Carry out the batch; its first entry is one's own.
        case lead([Entry])
        case answered(Result<Answer, any Error>)
        /// The one who led was cancelled before anything was done.
        case again
    }

    private struct State {
        var waiting: [Entry] = []
        var isRunning = false
        var lastID = 0
    }

    /// Requests that may wait: a database that is away must not gather the requests of minutes, whose
    /// senders have long gone.
    private static var waitingLimit: Int { 4096 }

    /// - Throws: what the shared call throws; `DatabaseError.unavailable` for who would wait too long;
    ///   `DatabaseError.cancelled` only when one's own task was.
    func call(_ request: Request) async throws -> Answer {
        while true {
            switch await enter(request) {
            case .answered(let result): return try result.get()
            case .again: continue
            case .lead(let batch): return try await lead(batch)
            }
        }
    }

    /// How many wait for the call that runs.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    private func enter(_ request: Request) async -> Turn {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let entry = Entry(
                    id: id,
                    deadline: .now + longestWait,
                    request: request,
                    continuation: continuation
                )
                let next: Next? = state.withLock { state in
                    guard state.waiting.count < Self.waitingLimit else { return nil }
                    state.waiting.append(entry)
                    return nextBatch(&state)
                }
                guard let next else { return refuse(entry, .unavailable(.queueFull)) }
                hand(next)
                // A cancellation that came before the entry was in its place found nothing to drop.
                if Task.isCancelled { drop(id) }
            }
        } onCancel: {
            drop(id)
        }
    }

    /// Who still waits need not be served; who is in a batch is.
    private func drop(_ id: Int) {
        let entry = state.withLock { state in
            state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
        }
        if let entry { refuse(entry, .cancelled) }
    }

    private func refuse(_ entry: Entry, _ error: DatabaseError) {
        entry.continuation.resume(returning: .answered(.failure(error)))
    }

    private struct Next {
        /// Empty when a call runs, or nobody waits.
        var batch: [Entry] = []
        var late: [Entry] = []
    }

    /// Never under the lock: to resume a task takes that task's own lock, which its cancellation holds while it waits for
    /// ours.
    private func hand(_ next: Next) {
        for entry in next.late { refuse(entry, .unavailable(.waitedTooLong)) }
        next.batch.first?.continuation.resume(returning: .lead(next.batch))
    }

    private func nextBatch(_ state: inout State) -> Next {
        guard !state.isRunning else { return Next() }
        var late: [Entry] = []
        var batch: [Entry] = []
        var later: [Entry] = []
        var seen: Set<AnyHashable> = []
        let now = ContinuousClock.now
        for entry in state.waiting {
            guard entry.deadline > now else {
                late.append(entry)
                continue
            }
            let isRepetition = keepsApart?(entry.request).map { !seen.insert($0).inserted } ?? false
            if isRepetition || batch.count == limit { later.append(entry) } else { batch.append(entry) }
        }
        state.waiting = later
        state.isRunning = !batch.isEmpty
        return Next(batch: batch, late: late)
    }

    private func lead(_ batch: [Entry]) async throws -> Answer {
        defer {
            hand(
                state.withLock { state in
                    state.isRunning = false
                    return nextBatch(&state)
                }
            )
        }
        let followers = batch.dropFirst()
        do {
            let answers = try await perform(batch.map(\.request))
            precondition(answers.count == batch.count, "a request without an answer")
            for (entry, answer) in zip(followers, answers.dropFirst()) {
                entry.continuation.resume(returning: .answered(.success(answer)))
            }
            return answers[0]
        } catch DatabaseError.cancelled {
            for entry in followers { entry.continuation.resume(returning: .again) }
            throw DatabaseError.cancelled
        } catch {
            for entry in followers { entry.continuation.resume(returning: .answered(.failure(error))) }
            throw error
        }
    }
}
