import Database
import Synchronization
import Testing

@testable import Store

@Suite(.timeLimit(.minutes(10)))
struct SharedCallsTests {
    /// A call that ends when it is told to.
    private final class Gate: Sendable {
        private let (opened, open) = AsyncStream.makeStream(of: Void.self)
        let batches = Mutex<[[Int]]>([])

        func pass(_ batch: [Int]) async {
            batches.withLock { $0.append(batch) }
            for await _ in opened { return }
        }

        func letOne() { open.yield() }
        var count: Int { batches.withLock { $0.count } }
    }

    @Test func `who comes while a call runs goes with the next, all together`() async throws {
        let gate = Gate()
        let calls = SharedCalls<Int, Int>(limit: 8, longestWait: .seconds(300)) { batch in
            await gate.pass(batch)
            return batch.map { $0 * 10 }
        }
        try await withThrowingTaskGroup { group in
            group.addTask { try await calls.call(0) }
            while gate.count < 1 { await Task.yield() }
            for number in 1...5 { group.addTask { try await calls.call(number) } }
            while calls.waitingCount < 5 { await Task.yield() }
            gate.letOne()
            gate.letOne()
            let answers = try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            #expect(answers == [0, 10, 20, 30, 40, 50])
        }
        #expect(gate.batches.withLock { $0.map(\.count) } == [1, 5])
    }

    @Test func `who is cancelled while waiting is let go at once, and costs the others nothing`() async throws {
        let gate = Gate()
        let calls = SharedCalls<Int, Int>(limit: 8, longestWait: .seconds(300)) { batch in
            await gate.pass(batch)
            return batch
        }
        try await withThrowingTaskGroup { group in
            group.addTask { try await calls.call(0) }
            while gate.count < 1 { await Task.yield() }
            group.addTask { try await calls.call(1) }
            while calls.waitingCount < 1 { await Task.yield() }
            await withTaskGroup { cancelled in
                cancelled.addTask {
                    await #expect(throws: DatabaseError.cancelled) { try await calls.call(2) }
                }
                while calls.waitingCount < 2 { await Task.yield() }
                cancelled.cancelAll()
            }
            #expect(calls.waitingCount == 1)
            gate.letOne()
            gate.letOne()
            let answers = try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            #expect(answers == [0, 1])
        }
    }
}
