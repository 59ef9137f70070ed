import Database
import Synchronization

/// Lets calls that come at the same time share one.
///
/// A call that comes alone goes at once; while calls run, those that come wait and go together in the next, so nobody
/// waits for a timer. Whoever finds a free lane, or is first in line when a lane falls free, carries the shared call
/// out in his own task, for all.
final class SharedCalls<Request: Sendable, Answer: Sendable>: Sendable {
    /// An answer for each request, in order.
    typealias Perform = @Sendable ([Request]) async throws -> [Answer]

    private let lanes: Int
    private let limit: Int
    private let keepsApart: (@Sendable (Request) -> AnyHashable?)?
    private let perform: Perform
    private let state = Mutex(State())

    /// - Parameters:
    ///   - lanes: calls that run at a time.
    ///   - limit: requests that share a call at most.
    ///   - keepsApart: of requests with the same value, each waits for the one before; nil stands for none.
    init(
        lanes: Int,
        limit: Int,
        keepsApart: (@Sendable (Request) -> AnyHashable?)? = nil,
        perform: @escaping Perform
    ) {
        precondition(lanes > 0 && limit > 0, "nothing would ever run")
        self.lanes = lanes
        self.limit = limit
        self.keepsApart = keepsApart
        self.perform = perform
    }

    private struct Entry {
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
        var running = 0
    }

    /// - Throws: what the shared call throws; `DatabaseError.cancelled` only when one's own task was.
    func call(_ request: Request) async throws -> Answer {
        while true {
            switch await enter(request) {
            case .answered(let result): return try result.get()
            case .again: continue
            case .lead(let batch): return try await lead(batch)
            }
        }
    }

    private func enter(_ request: Request) async -> Turn {
        await withCheckedContinuation { continuation in
            let batch = state.withLock { state in
                state.waiting.append(Entry(request: request, continuation: continuation))
                return nextBatch(&state)
            }
            hand(batch)
        }
    }

    private func hand(_ batch: [Entry]) {
        batch.first?.continuation.resume(returning: .lead(batch))
    }

    /// Empty when there is no lane for it, or nobody waits.
    private func nextBatch(_ state: inout State) -> [Entry] {
        guard state.running < lanes, !state.waiting.isEmpty else { return [] }
        state.running += 1
        var batch: [Entry] = []
        var later: [Entry] = []
        var seen: Set<AnyHashable> = []
        for entry in state.waiting {
            let isRepetition = keepsApart?(entry.request).map { !seen.insert($0).inserted } ?? false
            if isRepetition || batch.count == limit { later.append(entry) } else { batch.append(entry) }
        }
        state.waiting = later
        return batch
    }

    private func lead(_ batch: [Entry]) async throws -> Answer {
        defer {
            hand(
                state.withLock { state in
                    state.running -= 1
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
