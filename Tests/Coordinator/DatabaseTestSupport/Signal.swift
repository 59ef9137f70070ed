import Dispatch

/// Lets the closures of two transactions, each on its own thread, wait for one another.
public struct Signal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    public init() {}

    public func send() { semaphore.signal() }

    /// Blocks; gives up after half a minute, so that a broken test ends.
    public func wait() { _ = semaphore.wait(timeout: .now() + 30) }

    /// For asynchronous code.
    public func received() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                wait()
                continuation.resume()
            }
        }
    }
}
