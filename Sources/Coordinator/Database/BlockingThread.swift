import Glibc

/// A thread of its own for blocking work, which has no place on the cooperative threads of Swift's concurrency.
package final class BlockingThread: @unchecked Sendable {
    private let handle: pthread_t

    package init(_ body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(Start(body: body))
        var handle = pthread_t()
        let failure = pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            },
            start.toOpaque()
        )
        precondition(failure == 0, "the system has no more threads")
        self.handle = handle
    }

    /// Waits for the thread's end. Called once, when its body is known to be at its end, so that it hardly blocks.
    package func join() {
        pthread_join(handle, nil)
    }

    /// Runs blocking work on a thread of its own and awaits its value. Cancellation does not cut it short.
    package static func run<Value: Sendable>(
        _ body: @escaping @Sendable () -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            let thread = BlockingThread { continuation.resume(returning: body()) }
            pthread_detach(thread.handle)
        }
    }

    private final class Start: Sendable {
        let body: @Sendable () -> Void

        init(body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}
