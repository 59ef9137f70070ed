import Foundation
import LabSupport
import Testing

extension LabTests {
    /// The policy's own life: loaded, replaced, refused, taken away.
    @Suite struct ExitLoading {
        /// What nft lists, without what counts.
        private static func ruleset(_ host: LabSupport.Host, _ words: [String] = ["ruleset"]) throws -> String {
            try host.attempt(["nft", "--stateless", "list"] + words).output
        }

        private static func setting(_ name: String, on host: LabSupport.Host) throws -> String {
            try host.run("sysctl", "-n", name)
        }

        /// - Returns: the path of a policy file that is the installed one with `text` in the place of `original`.
        private static func changedPolicy(_ lab: Lab, replacing original: String, by text: String) throws -> String {
            let policy = try String(contentsOfFile: ExitPolicy.file, encoding: .utf8)
            try require(policy.contains(original), "the policy has no \(original)")
            let path = "\(lab.directory)/changed.nft"
            try policy.replacingOccurrences(of: original, with: text).write(
                toFile: path,
                atomically: true,
                encoding: .utf8
            )
            return path
        }

        @Test(.timeLimit(.minutes(1)))
        func `a reload under running flows loses nothing, and a broken file leaves the old policy in force`()
            async throws
        {
            try await ExitSite.with { site in
                let probe = try PingProbe(lab: site.lab, from: site.other.host, to: LabAddresses.outsideIPv4)
                let connection = try TCPConnection.open(
                    from: site.other.host,
                    to: LabAddresses.outsideIPv4,
                    port: ExitSite.port
                )
                let accepted = try site.outside.accept()
                let before = try ExitLoading.ruleset(site.node.host)
                for round in 1...3 {
                    try site.node.exitPolicy.load()
                    try connection.send("round \(round)")
                    try accepted.expect("round \(round)")
                    try accepted.send("answer \(round)")
                    try connection.expect("answer \(round)")
                }
                try require(try ExitLoading.ruleset(site.node.host) == before, "a reload changed the rules")
                let broken = try ExitLoading.changedPolicy(site.lab, replacing: "masquerade", by: "masquarade")
                let cut = "\(site.lab.directory)/cut.nft"
                try "# nothing\n".write(toFile: cut, atomically: true, encoding: .utf8)
                for (file, words) in [(broken, "\(broken):"), (cut, "must declare the chain forward")] {
                    site.node.exitPolicy.environment["HOLDFAST_EXIT_POLICY_FILE"] = file
                    let outcome = try site.node.exitPolicy.attempt("load")
                    try require(outcome.status == 78 && outcome.error.contains(words), "said: \(outcome.error)")
                }
                try require(try ExitLoading.ruleset(site.node.host) == before, "a refused file changed the rules")
                try connection.send("still here")
                try accepted.expect("still here")
                try probe.stopHavingLostNothing()
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `nothing is forwarded before the policy is in force, and an uplink still hears its router`() async throws {
            try await Lab.with { lab in
                let node = try lab.makeNode(region: Site.region)
                try node.enrollByHand(loading: false)
                try node.host.run("sysctl", "-qw", "net.ipv6.conf.internet.accept_ra=0")
                let broken = try ExitLoading.changedPolicy(lab, replacing: "goto from_peers", by: "goto nowhere")
                node.exitPolicy.environment["HOLDFAST_EXIT_POLICY_FILE"] = broken
                let refused = try node.exitPolicy.attempt("load")
                try require(refused.status == 78 && refused.error.contains("none was in force"), "\(refused)")
                // Nothing was there to stay: the tunnel is closed, and the node's own services with it.
                let closed = try ExitLoading.ruleset(node.host)
                try require(
                    closed.contains("chain input") && closed.contains("drop") && !closed.contains("masquerade"),
                    "the tunnel is open: \(closed)"
                )
                node.exitPolicy.environment["HOLDFAST_EXIT_POLICY_FILE"] = ExitPolicy.file
                let bare = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-all"]
                let unprivileged = try node.exitPolicy.attempt("load", wrapper: bare)
                try require(unprivileged.status == 77, "\(unprivileged)")
                let switches = ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"]
                for name in switches {
                    try require(try ExitLoading.setting(name, on: node.host) == "0", "\(name) without a policy")
                }
                let checked = try node.exitPolicy.attempt("load", "--check")
                try require(checked.status == 0, "\(checked)")
                try require(try ExitLoading.ruleset(node.host) == closed, "a check loaded something")
                try node.exitPolicy.load()
                for name in switches {
                    try require(try ExitLoading.setting(name, on: node.host) == "1", "\(name) with the policy")
                }
                let heard = try ["beyond", "internet"].map { interface in
                    try ExitLoading.setting("net.ipv6.conf.\(interface).accept_ra", on: node.host)
                }
                try require(heard == ["2", "0"], "accept_ra: \(heard)")
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `taking the policy away leaves every other table as it is`() async throws {
            try await ExitSite.with { site in
                let host = site.node.host
                let mine = """
                    table inet mine {
                        chain forward {
                            type filter hook forward priority filter; policy accept;
                            tcp dport 25 counter drop
                        }
                    }

                    """
                try site.node.exitPolicy.unload()
                try host.run("nft", "-f", "-", input: mine)
                let alone = try ExitLoading.ruleset(host)
                try site.node.exitPolicy.load()
                let both = try host.run("nft", "list", "tables")
                try require(both == "table inet mine\ntable inet holdfast_exit", "tables: \(both)")
                try require(
                    try ExitLoading.ruleset(host, ["table", "inet", "mine"]) == alone,
                    "another table was touched"
                )
                try site.node.exitPolicy.unload()
                try require(try ExitLoading.ruleset(host) == alone, "another table was touched")
                try site.node.exitPolicy.unload()
                try require(try ExitLoading.setting("net.ipv4.ip_forward", on: host) == "1", "forwarding was touched")
            }
        }

        /// What `show` prints is what `load` loads.
        @Test(.timeLimit(.minutes(1)))
        func `the shown policy, given to nft, is the loaded one`() async throws {
            try await Lab.with { lab in
                let node = try lab.makeNode(region: Site.region)
                node.exitPolicy.environment["HOLDFAST_EXIT_EXTRA_LISTEN_PORTS"] = "53"
                try node.enrollByHand()
                let loaded = try ExitLoading.ruleset(node.host)
                try node.exitPolicy.unload()
                let shown = try node.exitPolicy.attempt("show")
                try require(shown.status == 0, "\(shown)")
                try node.host.run("nft", "-f", "-", input: shown.output)
                try require(try ExitLoading.ruleset(node.host) == loaded, "another ruleset")
            }
        }

        /// As with `ipv6.disable=1`: the kernel's settings for IPv6 are not there.
        @Test(.timeLimit(.minutes(1)))
        func `a node without IPv6 forwards IPv4`() async throws {
            try await Lab.with { lab in
                let node = try lab.makeNode(region: Site.region)
                try node.enrollByHand(loading: false)
                let hide = "mount -t tmpfs none /proc/sys/net/ipv6 && exec \"$@\""
                let loaded = try node.exitPolicy.attempt(
                    "load",
                    wrapper: ["unshare", "--mount", "sh", "-c", hide, "sh"]
                )
                try require(loaded.status == 0, "\(loaded)")
                try require(
                    try ExitLoading.setting("net.ipv6.conf.all.forwarding", on: node.host) == "0",
                    "IPv6 was there"
                )
                var tunnel = try HandmadeTunnel(on: node)
                let device = try tunnel.connect(try lab.makeClient())
                try device.client.reach(LabAddresses.outsideIPv4)
            }
        }
    }
}
