import DaemonRuntime
import Glibc

/// The kernel's table of connections, in which each flow of each peer takes a place while it is masqueraded. When it is
/// full, new flows are dropped.
struct ConnectionTracking {
    /// A connection takes about this much (`struct nf_conn` and its extensions).
    static let bytesForEach: UInt64 = 320
    /// Of the memory, this share may go into connections.
    static let memoryShare: UInt64 = 16
    /// Above this share of the table, in percent, it is nearly full.
    static let nearlyFull_percent: UInt64 = 90

    struct Usage: Hashable {
        let count: UInt64
        let max: UInt64

        var isNearlyFull: Bool { max > 0 && count * 100 >= max * ConnectionTracking.nearlyFull_percent }
    }

    var root = "/proc/sys/net"

    /// Nil before the kernel tracks connections.
    func usage() -> Usage? {
        guard let count = number("netfilter/nf_conntrack_count"), let max = number("netfilter/nf_conntrack_max") else {
            return nil
        }
        return Usage(count: count, max: max)
    }

    /// - Parameters:
    ///   - setting: 0: as the memory allows.
    ///   - memory_bytes: of the machine.
    static func limit(setting: Int, memory_bytes: UInt64) -> UInt64 {
        setting > 0 ? UInt64(setting) : memory_bytes / memoryShare / bytesForEach
    }

    /// Raises the limit, and the number of the table's buckets with it; never lowers them. A kernel that does not let us
    /// (in a container, the host's limit is for the host to set) keeps what it has.
    func raise(to setting: Int) {
        let memory_bytes = UInt64(max(0, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))
        let limit = Self.limit(setting: setting, memory_bytes: memory_bytes)
        guard let present = number("netfilter/nf_conntrack_max"), present < limit else { return }
        // Half a connection a bucket, as the kernel has it at first.
        if let buckets = number("netfilter/nf_conntrack_buckets"), buckets < limit / 2 {
            write(limit / 2, to: "netfilter/nf_conntrack_buckets")
        }
        write(limit, to: "netfilter/nf_conntrack_max")
    }

    private func number(_ name: String) -> UInt64? {
        guard let bytes = try? DurableFile.read("\(root)/\(name)", limit_bytes: 4096) else { return nil }
        return UInt64(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }

    private func write(_ value: UInt64, to name: String) {
        let file = open("\(root)/\(name)", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        let line = Array("\(value)\n".utf8)
        _ = Glibc.write(file, line, line.count)
    }
}
