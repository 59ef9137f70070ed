import Glibc
import LinkProtocol

/// How the machine fares, from /proc and the state directory's file system.
public struct HostTelemetry: Sendable {
    private let procDirectory: String
    private let stateDirectory: String
    private var lastTimes: ProcessorTimes?

    /// - Parameter stateDirectory: whose disk's free space counts.
    public init(procDirectory: String = "/proc", stateDirectory: String) {
        self.procDirectory = procDirectory
        self.stateDirectory = stateDirectory
    }

    /// Fills in what concerns the machine; what cannot be read stays zero.
    public mutating func sample(into heartbeat: inout Heartbeat) {
        if let times = text("stat").flatMap(ProcessorTimes.init(stat:)) {
            heartbeat.cpuBusyPermille = lastTimes.map { times.busyPermille(since: $0) } ?? 0
            lastTimes = times
        }
        heartbeat.loadPermille = text("loadavg").flatMap(Self.loadPermille) ?? 0
        if let memory = text("meminfo") {
            heartbeat.memoryTotalBytes = Self.bytes(of: "MemTotal:", in: memory) ?? 0
            heartbeat.memoryAvailableBytes = Self.bytes(of: "MemAvailable:", in: memory) ?? 0
        }
        heartbeat.stateDiskFreeBytes = freeBytes()
    }

    /// The kernel's boot id, 16 bytes: another one after each boot. Zeros where there is none to be read.
    public func bootID() -> [UInt8] {
        let digits = (text("sys/kernel/random/boot_id") ?? "").filter { $0.isHexDigit }
        var bytes: [UInt8] = []
        var rest = digits[...]
        while let byte = UInt8(rest.prefix(2), radix: 16), rest.count >= 2 {
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes.count == 16 ? bytes : [UInt8](repeating: 0, count: 16)
    }

    /// `0.52 0.58 0.59 1/257 7035`: the first, over one minute, in thousandths.
    static func loadPermille(_ loadavg: String) -> UInt32? {
        guard let first = loadavg.split(separator: " ").first, let load = Double(first), load >= 0 else { return nil }
        return UInt32(min(load * 1000, 4_000_000_000))
    }

    /// A line such as `MemTotal:       16303428 kB`.
    static func bytes(of name: String, in meminfo: String) -> UInt64? {
        guard let line = meminfo.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
            let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ UInt64($0) })
        else { return nil }
        return kibibytes.multipliedReportingOverflow(by: 1024).partialValue
    }

    private func freeBytes() -> UInt64 {
        var status = statvfs()
        guard statvfs(stateDirectory, &status) == 0 else { return 0 }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    private func text(_ name: String) -> String? {
        let descriptor = open("\(procDirectory)/\(name)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // The first 16 KiB hold everything that is looked for; stat's lines of interrupts may be longer.
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        let count = read(descriptor, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}
