import CGlibc
import DaemonRuntime
import Glibc
import Model

/// What `check` asks of the host: forwarding, its packet filter's tool, its clock.
enum HostExamination {
    static func findings() -> [Finding] {
        [
            forwarding("IPv4", "/proc/sys/net/ipv4/ip_forward"),
            forwarding("IPv6", "/proc/sys/net/ipv6/conf/all/forwarding"),
            exitPolicy(),
            clock(),
        ]
    }

    private static func forwarding(_ family: String, _ path: String) -> Finding {
        let subject = "forwarding \(family)"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            return .warning(
                subject,
                "the kernel has no \(family)",
                remedy: "boot without ipv6.disable=1, if clients are to have it"
            )
        }
        defer { close(descriptor) }
        var byte: UInt8 = 0
        guard read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "0") else {
            return .failed(
                subject,
                "off: clients reach this node and nothing behind it",
                remedy: "systemctl start holdfast-exit-policy, which loads the exit policy and then turns it on"
            )
        }
        return .passed(subject, "on")
    }

    private static func exitPolicy() -> Finding {
        do throws(Failure) {
            guard try PacketFilter().has(table: ExitPolicy.table) else {
                return .failed(
                    "exit policy",
                    "not loaded: nothing keeps peers from each other and from private networks",
                    remedy: "systemctl start holdfast-exit-policy; where that fails, holdfast-agent exit-policy load"
                )
            }
            return .passed("exit policy", "loaded (nft list table inet \(ExitPolicy.table))")
        } catch {
            let remedy =
                error.status == .notPermitted ? "run this as root" : "holdfast-agent exit-policy load says more"
            return .failed("exit policy", error.message, remedy: remedy)
        }
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
