import Glibc

/// What the threads of a ``Monitor`` wait for: one condition for each thing, so that a signal wakes a thread that waits
/// for just that.
package final class Condition: @unchecked Sendable {
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init() {
        condition.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        let failure = pthread_cond_init(condition, &attributes)
        precondition(failure == 0, "the system has no more conditions")
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
    }

    package func signal() { pthread_cond_signal(condition) }
    package func broadcast() { pthread_cond_broadcast(condition) }

    func wait(_ mutex: UnsafeMutablePointer<pthread_mutex_t>, until deadline_ns: Int64) {
        var time = MonotonicClock.instant(deadline_ns)
        pthread_cond_timedwait(condition, mutex, &time)
    }
}
