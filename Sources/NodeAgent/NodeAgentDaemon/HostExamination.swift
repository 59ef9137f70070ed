import CGlibc
import DaemonRuntime
import Glibc
import Model

/// What `check` asks of the host beside what the node's conditions follow from.
enum HostExamination {
    static func findings() -> [Finding] { [clock(), connections()] }

    private static func connections() -> Finding {
        guard let usage = ConnectionTracking().usage() else {
            return .passed("connections", "the kernel tracks none yet")
        }
        let text = "\(usage.count) of \(usage.max) that the kernel tracks"
        guard !usage.isNearlyFull else {
            return .failed(
                "connections",
                text + ": beyond that, new ones are dropped",
                remedy:
                    "raise `exit.connections_max`, then systemctl reload holdfast-exit-policy; take peers away otherwise"
            )
        }
        return .passed("connections", text)
    }

    /// adjtimex(2): whether something keeps the clock right.
    private static func clock() -> Finding {
        let year = 1970 + SystemClock.now().seconds / 31_556_952
        guard year >= 2024 else {
            return .failed(
                "clock",
                "it says \(year)",
                remedy: "set it (timedatectl set-ntp true): certificates do not hold then"
            )
        }
        let error_us = holdfast_clock_error_max_us()
        guard error_us >= 0 else {
            return .warning(
                "clock",
                "nothing keeps it right",
                remedy:
                    "install and start chrony or systemd-timesyncd; certificates need a clock that is right to minutes"
            )
        }
        return .passed("clock", "kept right, within \(error_us / 1000) ms")
    }
}
