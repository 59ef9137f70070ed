import Glibc

/// The system's monotonic clock in the forms that blocking code asks for.
package enum MonotonicClock {
    /// Nanoseconds since an arbitrary instant.
    package static func now_ns() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    static func instant(_ instant_ns: Int64) -> timespec {
        timespec(tv_sec: Int(instant_ns / 1_000_000_000), tv_nsec: Int(instant_ns % 1_000_000_000))
    }
}

extension Duration {
    /// Whole nanoseconds, held within what sixty-four bits and a century allow.
    package var clamped_ns: Int64 {
        let century: Int64 = 3_155_760_000
        let (seconds, attoseconds) = components
        if seconds >= century { return century * 1_000_000_000 }
        if seconds < 0 { return 0 }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    var clamped_ms: Int64 { clamped_ns / 1_000_000 }
}
