import Glibc

/// A mutex for threads that wait for one another on ``Condition``s. Never locked across `await`: its users are
/// synchronous.
package final class Monitor: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    package init() {
        mutex.initialize(to: pthread_mutex_t())
        let failure = pthread_mutex_init(mutex, nil)
        precondition(failure == 0, "the system has no more mutexes")
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    package func withLock<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Within ``withLock(_:)``: lets go of the lock and sleeps until the condition is signalled or the instant has
    /// come; may wake for nothing.
    package func wait(for condition: Condition, until deadline_ns: Int64) {
        condition.wait(mutex, until: deadline_ns)
    }
}
