import LabSupport
import Testing

extension LabTests {
    /// Whom a peer reaches, and who reaches a peer: packets under the policy that the package installs.
    @Suite struct ExitReach {
        @Test(.timeLimit(.minutes(1)))
        func `a peer reaches the outside by IPv4 and IPv6, where it appears as the node`() async throws {
            try await ExitSite.with { site in
                for (address, seen) in [
                    (LabAddresses.outsideIPv4, site.node.exitAddress),
                    (LabAddresses.outsideIPv6, site.node.exitAddressIPv6),
                ] {
                    let connection = try TCPConnection.open(from: site.other.host, to: address, port: ExitSite.port)
                    let accepted = try site.outside.accept()
                    let peer = try accepted.peerAddress()
                    try require(peer == seen, "seen as \(peer)")
                    try connection.send("through")
                    try accepted.expect("through")
                    try accepted.send("and back")
                    try connection.expect("and back")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `no peer reaches another, and nobody outside opens a connection to one`() async throws {
            try await ExitSite.with { site in
                let service = try TCPService(on: site.other.host, port: ExitSite.port)
                try site.lab.outside.run("ip", "route", "add", "10.64.0.0/10", "via", site.node.exitAddress)
                try site.lab.outside.run("ip", "route", "add", "fd68:6f6c:6466::/64", "via", site.node.exitAddressIPv6)
                for address in [site.other.ipv4, site.other.ipv6] {
                    try site.requireReachable(address, from: site.node.host)
                    _ = try service.accept()
                    try site.requireForbidden(address, from: site.wide)
                    let reach = try TCPConnection.reach(
                        from: site.lab.outside,
                        to: address,
                        port: ExitSite.port,
                        within: .seconds(1)
                    )
                    try require(reach == .silent, "from outside to \(address): \(reach)")
                }
                // The pool is in a refused range as well; isolation must not hang on that.
                for address in ExitSite.publicAddresses {
                    try site.requireReachable(address, from: site.node.host)
                    try site.requireForbidden(address, from: site.wide)
                }
            }
        }

        /// One address of each range, all of them given to the host behind the node.
        @Test(.timeLimit(.minutes(1)))
        func `private and special ranges behind the node are refused`() async throws {
            let ipv4 = [
                "10.200.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.254", "192.0.0.10",
                "192.0.2.1",
                "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.254", "198.51.100.1", "203.0.114.1",
            ]
            let ipv6 = [
                "fc00::1", "fd12:3456::1", "2001:db8:ffff::1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::1",
                "2001::1", "3fff::1", "100::1", "::10.0.0.1", "4000::1", "2a00:ffff::1",
            ]
            // The first addresses beyond a range show that it ends where it should.
            let open: Set = ["203.0.114.1", "2a00:ffff::1"]
            try await ExitSite.with { site in
                let commands = (ipv4.map { "\($0)/32" } + ipv6.map { "\($0)/128" }).map {
                    "addr add \($0) dev lo nodad"
                }
                try site.lab.outside.run("ip", "-batch", "-", input: commands.joined(separator: "\n") + "\n")
                let routes =
                    ipv4.map { "route add \($0)/32 via \(LabAddresses.outsideIPv4)" }
                    + ipv6.map { "route add \($0)/128 via \(LabAddresses.outsideIPv6)" }
                try site.node.host.run("ip", "-batch", "-", input: routes.joined(separator: "\n") + "\n")
                // A peer that tries so many addresses at once would have to wait for some of the refusals.
                try site.node.host.run("sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0")
                for address in ipv4 + ipv6 {
                    try site.requireReachable(address, from: site.node.host)
                    let reach = try site.reach(address, from: site.other)
                    let expected = open.contains(address) ? Reach.reached : .forbidden
                    try require(reach == expected, "a peer to \(address): \(reach)")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `the node's own services are refused to peers at each of its addresses`() async throws {
            try await ExitSite.with { site in
                let service = try TCPService(on: site.node.host, port: 22)
                // By the tunnel, although the node is on the device's own network as well.
                for family in ["-4", "-6"] {
                    let source = family == "-4" ? site.wide.ipv4 : site.wide.ipv6
                    try site.wide.host.run("ip", family, "rule", "add", "from", source, "table", "7")
                    try site.wide.host.run("ip", family, "route", "add", "default", "dev", "wg0", "table", "7")
                }
                try site.requireReachable(site.node.exitAddress, port: 22, from: site.lab.outside)
                _ = try service.accept()
                for address in [
                    HandmadeTunnel.nodeAddress, HandmadeTunnel.nodeAddressIPv6, site.node.address,
                    site.node.addressIPv6, site.node.exitAddress, site.node.exitAddressIPv6,
                ] {
                    try site.requireForbidden(address, port: 22, from: site.wide)
                }
                // The tunnel's own address answers a ping, and the node's others do not.
                for address in [HandmadeTunnel.nodeAddress, HandmadeTunnel.nodeAddressIPv6] {
                    try site.wide.client.reach(address, within: .seconds(2))
                }
                let ping = ["ping", "-n", "-c", "1", "-W", "0.5", site.node.exitAddress]
                let answer = try site.wide.host.attempt(ping)
                try require(answer.status != 0 && answer.output.contains("filtered"), answer.output)
            }
        }

        /// Without it, a segment of 1,448 bytes (an Ethernet's 1,500 less 52) would not fit the tunnel in one piece.
        @Test(.timeLimit(.minutes(1)))
        func `both sides of a connection through the tunnel send segments that fit it`() async throws {
            try await ExitSite.with { site in
                for (address, fitting_bytes) in [(LabAddresses.outsideIPv4, 1368), (LabAddresses.outsideIPv6, 1348)] {
                    let connection = try TCPConnection.open(from: site.wide.host, to: address, port: ExitSite.port)
                    let accepted = try site.outside.accept()
                    let sizes = [connection.maximumSegment_bytes(), accepted.maximumSegment_bytes()]
                    try require(sizes == [fitting_bytes, fitting_bytes], "\(address): \(sizes)")
                }
                let direct = try TCPConnection.open(
                    from: site.node.host,
                    to: LabAddresses.outsideIPv4,
                    port: ExitSite.port
                )
                try require(direct.maximumSegment_bytes() == 1448, "direct: \(direct.maximumSegment_bytes())")
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `extra ports reach WireGuard, and a peer's own queries to port 53 are let through`() async throws {
            try await Lab.with { lab in
                let node = try lab.makeNode(region: Site.region)
                node.exitPolicy.environment["HOLDFAST_EXIT_EXTRA_LISTEN_PORTS"] = "53,443"
                try node.enrollByHand()
                var tunnel = try HandmadeTunnel(on: node)
                for endpoint in ["\(node.address):53", "\(node.address):443", "[\(node.addressIPv6)]:443"] {
                    let device = try tunnel.connect(try lab.makeClient(), endpoint: endpoint)
                    try device.client.reach(LabAddresses.outsideIPv4)
                    for (address, seen) in [
                        (LabAddresses.outsideIPv4, node.exitAddress),
                        (LabAddresses.outsideIPv6, node.exitAddressIPv6),
                    ] {
                        let resolver = try UDPSocket(on: lab.outside, port: 53)
                        let query = try UDPSocket(on: device.host)
                        try query.send("where is", to: address, port: 53)
                        let received = try resolver.receive()
                        try require(received == ("where is", seen), "\(received)")
                    }
                }
            }
        }
    }
}
