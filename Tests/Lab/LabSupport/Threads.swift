import Dispatch
import Foundation
import Synchronization

/// Runs a scenario, which blocks as it waits for processes, on a thread of its own.
public func onOwnThread<Value: Sendable>(_ scenario: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: scenario)) }
    }
}

/// Runs `count` workers at once, each on a thread of its own, and waits for all.
///
/// - Returns: the workers' answers in the order of their numbers.
/// - Throws: the first error of any worker, after all have ended.
public func concurrently<Value: Sendable>(
    _ count: Int,
    _ worker: @escaping @Sendable (Int) throws -> Value
) throws -> [Value] {
    let results = Results<Value>(count: count)
    let group = DispatchGroup()
    for number in 0..<count {
        group.enter()
        Thread.detachNewThread {
            results.set(number, Result { try worker(number) })
            group.leave()
        }
    }
    group.wait()
    return try results.values()
}

private final class Results<Value: Sendable>: Sendable {
    private let slots: Mutex<[Result<Value, any Error>?]>

    init(count: Int) {
        slots = Mutex(Array(repeating: nil, count: count))
    }

    func set(_ number: Int, _ result: Result<Value, any Error>) {
        slots.withLock { $0[number] = result }
    }

    func values() throws -> [Value] {
        try slots.withLock { try $0.map { try $0!.get() } }
    }
}

/// Work on a thread of its own while the caller does something else.
public final class Background: Sendable {
    private let outcome = Mutex<Result<Void, any Error>?>(nil)
    private let group = DispatchGroup()

    public init(_ work: @escaping @Sendable () throws -> Void) {
        group.enter()
        Thread.detachNewThread { [self] in
            let result = Result(catching: work)
            outcome.withLock { $0 = result }
            group.leave()
        }
    }

    public var hasEnded: Bool { outcome.withLock { $0 != nil } }

    /// Waits for its end.
    ///
    /// - Throws: what the work threw.
    public func finish() throws {
        group.wait()
        try outcome.withLock { try $0?.get() }
    }
}
