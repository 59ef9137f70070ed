import CoordinatorLink
import DaemonRuntime
import Glibc

extension Moment {
    static func now() -> Moment { Moment(monotonic: MonotonicClock.now(), wall: SystemClock.now()) }
}

/// CLOCK_BOOTTIME: never set back, and it goes on while the machine sleeps.
enum MonotonicClock {
    static func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
