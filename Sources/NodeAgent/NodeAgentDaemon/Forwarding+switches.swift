import DaemonRuntime
import Glibc

extension Forwarding {
    enum Family: Hashable, CaseIterable { case v4, v6 }

    private static let switches: [Family: String] = [
        .v4: "ipv4/ip_forward", .v6: "ipv6/conf/all/forwarding",
    ]

    /// Nil where the kernel has no such family.
    func isOn(_ family: Family) throws(Failure) -> Bool? {
        try value(Self.switches[family] ?? "").map { $0 != "0" }
    }

    /// The switches without which the tunnel's packets go nowhere, by the names of sysctl(8). For IPv4 the interface that
    /// a packet comes in by decides; for IPv6 the one for all.
    ///
    /// - Parameter tunnel: need not be there.
    func switchesOff(tunnel: String, needsIPv6: Bool) throws(Failure) -> [String] {
        var names = ["ipv4/ip_forward", "ipv4/conf/\(tunnel)/forwarding"]
        if needsIPv6 { names.append("ipv6/conf/all/forwarding") }
        var off: [String] = []
        for name in names {
            if try value(name) == "0" { off.append("net." + name.split(separator: "/").joined(separator: ".")) }
        }
        return off
    }

    /// Turns the tunnel's own switch on, where somebody turned it off alone.
    func enableTunnel(_ tunnel: String) throws(Failure) { try set("ipv4/conf/\(tunnel)/forwarding", to: "1") }

    /// Makes the host what it was, where it was no router.
    func restore(_ before: ForwardingBefore) throws(Failure) {
        if !before.ipv4 { try set("ipv4/ip_forward", to: "0") }
        if !before.ipv6 { try set("ipv6/conf/all/forwarding", to: "0") }
    }

    /// Those that IPv4 knows: every one.
    func interfaces() throws(Failure) -> [String] {
        guard FileAccess.exists("\(root)/ipv4/conf") else { return [] }
        return try names(in: "ipv4/conf").filter { !["all", "default"].contains($0) }
    }

    /// Whether IPv6 is turned off for the host, for the tunnel, or not there at all.
    func isIPv6Off(tunnel: String) throws(Failure) -> Bool {
        guard let all = try value("ipv6/conf/all/disable_ipv6") else { return true }
        if all == "1" { return true }
        return try value("ipv6/conf/\(tunnel)/disable_ipv6") == "1"
    }
}
