import Dispatch

/// Lets the closures of two transactions, each on its own thread, wait for one another.
struct Signal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func send() { semaphore.signal() }

    /// Blocks; gives up after half a minute, so that a broken test ends.
    func wait() { _ = semaphore.wait(timeout: .now() + 30) }

    /// For asynchronous code.
    func received() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                wait()
                continuation.resume()
            }
        }
    }
}
