import Foundation
import LabSupport
import Testing

extension LabTests {
    /// Another hand on what the node's promise depends on: put right within a second, counted, told.
    @Suite struct Guard {
        @Test(.timeLimit(.minutes(3)))
        func `an emptied ruleset is put back, and peers reach the internet and nothing else`() async throws {
            try await GuardSite.with { site in
                let host = site.node.host
                let before = try host.run("nft", "--stateless", "list", "ruleset")
                for command in [
                    ["flush", "ruleset"], ["flush", "chain", "inet", "holdfast_exit", "from_peers"],
                    ["delete", "element", "inet", "holdfast_exit", "refused_v4", "{ 172.16.0.0/12 }"],
                    ["add", "table", "inet", "holdfast_exit", "{ flags dormant; }"],
                ] {
                    let repairs = try site.repairs("exit-policy")
                    try host.run(["nft"] + command)
                    try wait(for: "the policy after \(command)", within: GuardSite.limit) {
                        try host.run("nft", "--stateless", "list", "ruleset") == before
                    }
                    try wait(for: "the count of repairs", within: .seconds(5)) {
                        try site.repairs("exit-policy") > repairs
                    }
                }
                let log = try site.node.agent.process().log()
                try require(
                    log.contains("the exit policy") && log.contains("by=\"nft (process"),
                    "log: \(log.suffix(900))"
                )
                try site.client.reach(LabAddresses.outsideIPv4, within: .seconds(10))
                // The node has a way there, so that it is the policy that says no.
                try host.run("ip", "route", "add", "10.200.0.0/16", "via", LabAddresses.outsideIPv4)
                let beside = try TCPConnection.reach(from: site.client.host, to: "10.200.0.1", port: 80)
                try require(beside == .forbidden, "a private network: \(beside)")
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a policy that cannot be put back closes the tunnel and is a condition in every telling`() async throws {
            let file = "/run/policy-\(UInt32.random(in: 0 ... .max)).nft"
            try FileManager.default.copyItem(atPath: ExitPolicy.file, toPath: file)
            try await GuardSite.with(
                prepare: { node in
                    node.exitPolicy.environment["HOLDFAST_EXIT_POLICY_FILE"] = file
                    node.agent.environment["HOLDFAST_EXIT_POLICY_FILE"] = file
                    node.agent.environment["HOLDFAST_METRICS_FILE"] =
                        node.agent.stateDirectory.appending(".prom")
                },
                { site in
                    try "table inet broken {\n".write(toFile: file, atomically: true, encoding: .utf8)
                    try site.node.host.run("nft", "flush", "ruleset")
                    let detail = try site.waitForCondition("exit-policy")
                    try require(detail.contains(file), "detail: \(detail)")
                    try site.requireOneStory("exit-policy", subject: "exit policy")
                    let rules = try site.node.host.run("nft", "list", "ruleset")
                    try require(rules.contains("drop") && !rules.contains("masquerade"), "open: \(rules)")
                    try FileManager.default.removeItem(atPath: file)
                    try FileManager.default.copyItem(atPath: ExitPolicy.file, toPath: file)
                    try site.waitForNoCondition(within: .seconds(15))
                    try site.client.reach(LabAddresses.outsideIPv4, within: .seconds(10))
                    // An operator's own reload of a changed file is no tampering.
                    let repairs = try site.repairs("exit-policy")
                    let text = try String(contentsOfFile: file, encoding: .utf8)
                    try text.replacingOccurrences(of: "100/second", with: "50/second")
                        .write(toFile: file, atomically: true, encoding: .utf8)
                    try site.node.exitPolicy.load()
                    try wait(for: "the log of the load", within: .seconds(5)) {
                        try site.node.agent.process().log().contains("the exit policy was loaded anew")
                    }
                    try require(try site.repairs("exit-policy") == repairs, "a load was taken for tampering")
                    try require(
                        try site.node.host.run("nft", "list", "ruleset").contains("50/second"),
                        "the changed file is not in force"
                    )
                    try FileManager.default.removeItem(atPath: file)
                }
            )
        }

        @Test(.timeLimit(.minutes(3)))
        func `forwarding that is turned off is on again`() async throws {
            try await GuardSite.with { site in
                for name in [
                    "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding", "net.ipv4.conf.holdfast0.forwarding",
                ] {
                    try site.node.host.run("sysctl", "-qw", "\(name)=0")
                    try wait(for: "\(name) to be on", within: GuardSite.limit) {
                        try site.node.host.run("sysctl", "-n", name) == "1"
                    }
                }
                try wait(for: "the count", within: .seconds(5)) { try site.repairs("forwarding") >= 3 }
                try site.client.reach(LabAddresses.outsideIPv4, within: .seconds(10))
                try site.waitForNoCondition()
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `routes and addresses that are taken from the interface are back`() async throws {
            try await GuardSite.with { site in
                let host = site.node.host
                let routes = { () throws -> [String] in
                    try [["-4"], ["-6"]].map { try host.run(["ip"] + $0 + ["route", "show", "dev", Node.interface]) }
                }
                let before = try routes()
                for command in [
                    ["-4", "route", "del", "10.64.0.0/10", "dev", Node.interface],
                    ["-6", "route", "del", "fd68:6f6c:6466::/64", "dev", Node.interface],
                    ["addr", "flush", "dev", Node.interface],
                ] {
                    try host.run(["ip"] + command)
                    try wait(for: "the routes after \(command)", within: GuardSite.limit) { try routes() == before }
                    try site.client.reach(LabAddresses.outsideIPv4, within: .seconds(10))
                }
                let addresses = try host.run("ip", "-o", "addr", "show", "dev", Node.interface)
                try require(addresses.contains("10.64.0.1/10") && addresses.contains("fd68:6f6c:6466::1/64"), addresses)
                try wait(for: "the counts", within: .seconds(5)) {
                    try site.repairs("routes") >= 2 && site.repairs("addresses") >= 1
                }
                try site.waitForNoCondition()
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `key, port, MTU and state of the interface are put right and told, and a fight is named`() async throws {
            try await GuardSite.with { site in
                let host = site.node.host
                let key = try host.run("wg", "show", Node.interface, "public-key")
                let stranger = try host.run("wg", "genkey")
                try host.run("wg", "set", Node.interface, "private-key", "/dev/stdin", input: stranger)
                try host.run("ip", "link", "set", Node.interface, "mtu", "1300")
                try host.run("wg", "set", Node.interface, "listen-port", "4242")
                try wait(for: "the interface to be right", within: GuardSite.limit) {
                    try host.run("wg", "show", Node.interface, "public-key") == key
                        && host.run("wg", "show", Node.interface, "listen-port") == "51820"
                        && host.run("ip", "link", "show", Node.interface).contains("mtu 1420")
                }
                try wait(for: "the log", within: .seconds(5)) {
                    try site.node.agent.process().log().contains("put right what another hand had changed")
                }
                for _ in 0..<6 {
                    let count = try site.repairs("interface")
                    try host.run("wg", "set", Node.interface, "listen-port", "4242")
                    try wait(for: "one more repair", within: .seconds(8)) { try site.repairs("interface") > count }
                }
                let detail = try site.waitForCondition("contention")
                try require(detail.contains("the interface"), detail)
                let log = try site.node.agent.process().log()
                let lines = log.split(separator: "\n").filter { $0.contains("put right what another hand") }
                try require(lines.count <= 6, "one line for each repair: \(lines.count)")
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `another table that drops the tunnel's packets is a condition, unless it names the tunnel or is trusted`()
            async throws
        {
            try await GuardSite.with(
                prepare: { node in
                    node.agent.environment["HOLDFAST_EXIT_TRUSTED_TABLES"] = "inet trusted"
                    node.agent.environment["HOLDFAST_METRICS_FILE"] = node.agent.stateDirectory.appending(".prom")
                },
                { site in
                    func table(_ name: String, _ policy: String, _ rules: String) throws {
                        let text = """
                            table inet \(name) {
                                chain forward {
                                    type filter hook forward priority filter; policy \(policy);
                                    \(rules)
                                }
                            }

                            """
                        try site.node.host.run("nft", "-f", "-", input: text)
                    }
                    try table("trusted", "drop", "accept")
                    try table("minding", "drop", "iifname \"holdfast0\" accept; oifname \"holdfast0\" accept;")
                    try table("open", "accept", "tcp dport 25 drop;")
                    try table("stranger", "accept", "counter reject;")
                    let detail = try site.waitForCondition("foreign-rules")
                    try require(detail == "peers' packets are dropped by inet stranger forward", detail)
                    try site.requireOneStory("foreign-rules", subject: "other rules")
                    try site.node.host.run("nft", "delete", "table", "inet", "stranger")
                    try site.waitForNoCondition()
                    try table("stranger", "drop", "ct state established accept;")
                    _ = try site.waitForCondition("foreign-rules")
                }
            )
        }

        @Test(.timeLimit(.minutes(3)))
        func `a network of the host inside the pool is a condition, and one without IPv6 is told`() async throws {
            try await GuardSite.with { site in
                try site.node.host.run("ip", "route", "add", "10.90.0.0/16", "dev", "beyond")
                let detail = try site.waitForCondition("address-collision")
                try require(detail.contains("10.90.0.0/16") && detail.contains("10.64.0.0/10"), detail)
                let checked = try site.node.agent.check()
                try require(checked.status == 1 && checked.output.contains("tunnel.ipv4_pool"), checked.output)
                try site.node.host.run("ip", "route", "del", "10.90.0.0/16", "dev", "beyond")
                try site.waitForNoCondition()
                try site.node.host.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
                try site.node.agent.wait(for: "no IPv6", within: GuardSite.limit) { !$0.hasIPv6 }
                try site.node.agent.wait(for: "no trouble of it", within: .seconds(5)) {
                    $0.deviceError == nil && $0.conditionDetails.isEmpty
                }
                try site.client.reach(LabAddresses.outsideIPv4, within: .seconds(10))
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `another key on disk stays off the interface, before and after a restart`() async throws {
            try await GuardSite.with { site in
                let host = site.node.host
                let key = try host.run("wg", "show", Node.interface, "public-key")
                let path = "\(site.node.agent.stateDirectory)/wireguard.key"
                try Host.own.run("cp", "-p", path, "\(path).kept")
                try Host.own.run("sh", "-c", "wg genkey >\(path)")
                _ = try site.waitForCondition("identity")
                try site.node.agent.process().terminate()
                try site.node.agent.start()
                _ = try site.waitForCondition("identity", within: .seconds(15))
                try require(try host.run("wg", "show", Node.interface, "public-key") == key, "another key is live")
                try site.client.reach(LabAddresses.outsideIPv4, within: .seconds(10))
                try Host.own.run("mv", "\(path).kept", path)
                try site.waitForNoCondition()
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a disk under its floor is a condition before any change fails, and over with room`() async throws {
            try await GuardSite.with(
                prepare: { node in
                    let path = node.agent.stateDirectory
                    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                    try Host.own.run("mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "small", path)
                    node.agent.environment["HOLDFAST_STATE_FREE_MIN_MIB"] = "2"
                },
                { site in
                    let ballast = "\(site.node.agent.stateDirectory)/ballast"
                    _ = try Host.own.attempt(["dd", "if=/dev/zero", "of=\(ballast)", "bs=4096"])
                    let detail = try site.waitForCondition("peer-table")
                    try require(detail.contains("full"), detail)
                    try FileManager.default.removeItem(atPath: ballast)
                    try site.waitForNoCondition()
                }
            )
        }
    }
}
