import DaemonRuntime
import Glibc

/// Makes the host a router, by the kernel's settings below /proc/sys/net. Never before the policy is in force.
struct Forwarding {
    var root = "/proc/sys/net"
    /// write(2); a test puts an older kernel's in its place.
    var write: (Int32, UnsafeRawPointer?, Int) -> Int = { Glibc.write($0, $1, $2) }

    /// - Parameter tunnel: its router advertisements, which no peer has any business sending, stay ignored.
    func enable(besides tunnel: String) throws(Failure) {
        try set("ipv4/ip_forward", to: "1")
        // Absent where the kernel runs without IPv6.
        guard FileAccess.exists("\(root)/ipv6/conf/all/forwarding") else { return }
        // A router ignores router advertisements, and the kernel drops the default route that came with one, unless
        // told otherwise (2) beforehand. So an uplink that lives by them goes on doing so.
        // Those that come later begin as `default` says.
        if try value("ipv6/conf/default/accept_ra") == "1" { try set("ipv6/conf/default/accept_ra", to: "2") }
        for interface in try hearingInterfaces() where interface != tunnel {
            try set("ipv6/conf/\(interface)/accept_ra", to: "2")
        }
        try set("ipv6/conf/all/forwarding", to: "1")
    }

    /// Those that take router advertisements now and would not as a router's.
    private func hearingInterfaces() throws(Failure) -> [String] {
        var interfaces: [String] = []
        for name in try names(in: "ipv6/conf") where !["all", "default", "lo"].contains(name) {
            let acceptance = try value("ipv6/conf/\(name)/accept_ra")
            let forwarding = try value("ipv6/conf/\(name)/forwarding")
            if acceptance == "1", forwarding == "0" { interfaces.append(name) }
        }
        return interfaces
    }

    func names(in folder: String) throws(Failure) -> [String] {
        guard let directory = opendir("\(root)/\(folder)") else { throw Failure(call: "read", "\(root)/\(folder)") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Nil where there is none: interfaces come and go.
    func value(_ name: String) throws(Failure) -> String? {
        do throws(DurableFileError) {
            let bytes = try DurableFile.read("\(root)/\(name)", limit_bytes: 4096)
            return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        } catch {
            if case .missing = error { return nil }
            throw Failure(error)
        }
    }

    /// Writes only what differs: a change of `ip_forward` resets other settings, even to the value that it has.
    ///
    /// What counts is the value that is there afterwards, not the number of bytes that write(2) returns: before Linux
    /// 6.1.178, `net.ipv6.conf.all.forwarding` takes the whole line and returns 1 less than its length.
    func set(_ name: String, to wanted: String) throws(Failure) {
        guard let present = try value(name), present != wanted else { return }
        let path = "\(root)/\(name)"
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return }
            throw Failure(call: "open for writing", path)
        }
        defer { close(file) }
        let line = Array((wanted + "\n").utf8)
        guard write(file, line, line.count) > 0 else { throw Failure(call: "write", path) }
        let result = try value(name)
        guard result == wanted || result == nil else {
            throw Failure(
                .operatingSystem,
                "\(path) stays at \(result ?? "nothing"), although \(wanted) was written to it"
            )
        }
    }
}
