/// The first line of /proc/stat (proc_stat(5)): the time that all processors spent so far, in ticks.
struct ProcessorTimes: Hashable, Sendable {
    let total: UInt64
    /// Idle, or waiting for a disk.
    let idle: UInt64

    init?(stat: String) {
        guard let line = stat.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
        // user nice system idle iowait irq softirq steal; guest times are part of user already.
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { UInt64($0) }
        guard ticks.count >= 5 else { return nil }
        total = ticks.reduce(0, &+)
        idle = ticks[3] &+ ticks[4]
    }

    /// In thousandths of all processors; idle time may seem to run backwards by a tick.
    func busyPermille(since earlier: ProcessorTimes) -> UInt32 {
        guard total > earlier.total else { return 0 }
        let elapsed = total - earlier.total
        let idled = min(elapsed, idle > earlier.idle ? idle - earlier.idle : 0)
        return UInt32((elapsed - idled) * 1000 / elapsed)
    }
}
