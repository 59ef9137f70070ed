import Database
import Model
import Placement
import Synchronization

/// Lets requests that come at the same time share a transaction.
///
/// A request that comes alone goes at once; while transactions run, those that come wait and go together in the next.
/// So a node's row is locked, and the disk flushed, once for many peers, and nobody waits for a timer. The one who
/// finds a free lane, or is first in line when a lane falls free, carries the batch out in his own task, for all.
public final class ProvisioningQueue: Sendable {
    /// Transactions at a time: while one is flushed to disk, the next is read and decided.
    private static let lanes = 2
    private static let batchLimit = 64

    private let store: Store
    private let terms: ProvisioningTerms
    private let clock: @Sendable () -> Timestamp
    private let state = Mutex(State())

    public typealias Answer = Result<Provisioned, ProvisioningRefusal>

    public init(store: Store, terms: ProvisioningTerms, clock: @escaping @Sendable () -> Timestamp) {
        self.store = store
        self.terms = terms
        self.clock = clock
    }

    private struct Entry {
        let request: ProvisioningRequest
        let fleet: FleetView
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

        /// The next batch, when there is a lane for it.
        mutating func start() -> [Entry]? {
            guard running < ProvisioningQueue.lanes, !waiting.isEmpty else { return nil }
            running += 1
            var batch: [Entry] = []
            var places: Set<ProvisioningFacts.IdempotencyPlace> = []
            var later: [Entry] = []
            for entry in waiting {
                // A repetition can be answered only once what it repeats is committed.
                let isRepetition = entry.request.idempotencyPlace.map { !places.insert($0).inserted } ?? false
                if isRepetition || batch.count == ProvisioningQueue.batchLimit {
                    later.append(entry)
                } else {
                    batch.append(entry)
                }
            }
            waiting = later
            return batch
        }
    }

    /// - Parameter fleet: what placement chooses from.
    /// - Throws: `DatabaseError`.
    public func provision(_ request: ProvisioningRequest, in fleet: FleetView) async throws -> Answer {
        while true {
            switch await enter(request, fleet) {
            case .answered(let result): return try result.get()
            case .again: continue
            case .lead(let batch): return try await lead(batch)
            }
        }
    }

    private func enter(_ request: ProvisioningRequest, _ fleet: FleetView) async -> Turn {
        await withCheckedContinuation { continuation in
            let batch = state.withLock { state in
                state.waiting.append(Entry(request: request, fleet: fleet, continuation: continuation))
                return state.start()
            }
            hand(batch)
        }
    }

    /// Whoever is first in a batch leads it.
    private func hand(_ batch: [Entry]?) {
        guard let batch else { return }
        batch[0].continuation.resume(returning: .lead(batch))
    }

    private func lead(_ batch: [Entry]) async throws -> Answer {
        defer {
            hand(
                state.withLock { state in
                    state.running -= 1
                    return state.start()
                }
            )
        }
        let followers = batch.dropFirst()
        do {
            // The last to come brought the newest view.
            let fleet = batch[batch.count - 1].fleet
            let answers = try await store.provision(batch.map(\.request), in: fleet, terms: terms, now: clock())
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
