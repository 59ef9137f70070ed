import DaemonRuntime
import Foundation
import Model
import Testing

@testable import NodeAgentDaemon

struct ExitPolicyTests {
    private static let record = NodeRecord(
        nodeID: NodeID(high: 1, low: 2),
        name: "exit1",
        region: RegionName("fra1")!,
        coordinators: [HostPort("c.example.net:7443")!],
        endpoint: nil,
        listenPort: 51_820,
        interface: "holdfast0",
        network: TunnelNetwork(interfaceAddresses: [IPPrefix("10.64.0.1/10")!], mtu: 1420),
        tokenHash: [1, 2, 3]
    )

    /// - Parameter variables: by the names of the settings' keys.
    private func policy(_ variables: [String: String] = [:]) throws(SettingsError) -> ExitPolicy {
        var environment: [String: String] = [:]
        for (key, value) in variables {
            environment["HOLDFAST_" + key.uppercased().replacingOccurrences(of: ".", with: "_")] = value
        }
        let settings = try Settings.load(AgentSettings.catalogue, file: nil, environment: environment, overrides: [])
        return try ExitPolicy(settings, AgentConfiguration(settings, Self.record))
    }

    /// A host that was a router before.
    private static let router = ForwardingBefore(ipv4: true, ipv6: true, interfaces: ["eth0"])

    @Test func `interface and port come from the enrolment, and nft gets one transaction`() throws {
        #expect(
            try policy().input(Self.router) == """
                define tunnel = "holdfast0"
                define wireguard_port = 51820
                define extra_ports = {  }
                table inet holdfast_exit
                delete table inet holdfast_exit
                include "/etc/holdfast/exit-policy.nft"

                """
        )
    }

    @Test func `settings take precedence over the enrolment`() throws {
        let input = try policy([
            "device.interface": "wg-exit.1", "node.listen_port": "443", "exit.extra_listen_ports": "53, 51820",
            "exit.policy_file": "/srv/policy.nft",
        ]).input(Self.router)
        #expect(input.hasPrefix("define tunnel = \"wg-exit.1\"\ndefine wireguard_port = 443\n"))
        #expect(input.contains("define extra_ports = { 53, 51820 }\n"))
        #expect(input.hasSuffix("include \"/srv/policy.nft\"\n"))
    }

    @Test func `the trial fails where the file lacks a chain that guards, and the shown text holds the whole file`()
        throws
    {
        let policy = try policy()
        for chain in ["forward", "input", "postrouting"] {
            #expect(policy.trialInput(Self.router).contains("add rule inet holdfast_exit \(chain) "))
        }
        #expect(policy.trialInput(Self.router).hasPrefix(policy.input(Self.router)))
        let full = policy.inputInFull(fileText: "table inet holdfast_exit {}\n", Self.router)
        #expect(full.hasSuffix("# /etc/holdfast/exit-policy.nft\ntable inet holdfast_exit {}\n"))
        #expect(!full.contains("include"))
    }

    @Test func `what a host did not forward before is dropped, in each family by itself`() throws {
        let before = ForwardingBefore(ipv4: false, ipv6: true, interfaces: ["eth0", "eth1"])
        let rules = try policy().othersRules(before)
        #expect(
            rules == """
                # Not forwarded: what is neither from the tunnel nor to it (`exit.forward_others`).
                table inet holdfast_exit {
                    chain others {
                        type filter hook forward priority filter; policy accept;
                        iifname $tunnel accept
                        oifname $tunnel accept
                        # Within bridges, whose packets pass here where br_netfilter is loaded.
                        meta iifkind "bridge" meta oifkind "bridge" accept
                        meta iifkind != { "bond", "ipvlan", "macvlan", "team", "vlan", "wireguard" } iifname != { "eth0", "eth1", "lo" } accept
                        meta oifkind != { "bond", "ipvlan", "macvlan", "team", "vlan", "wireguard" } oifname != { "eth0", "eth1", "lo" } accept
                        meta nfproto ipv4 counter drop
                    }
                }

                """
        )
        #expect(try policy().othersRules(Self.router).isEmpty)
        #expect(try policy(["exit.forward_others": "yes"]).othersRules(before).isEmpty)
        let closed = try policy(["exit.forward_others": "no"]).othersRules(Self.router)
        #expect(closed.contains("ipv4 counter drop") && closed.contains("ipv6 counter drop"))
        #expect(!closed.contains("iifkind"))
    }

    @Test(arguments: [
        ("exit.extra_listen_ports", "0"), ("exit.extra_listen_ports", "65536"), ("exit.extra_listen_ports", "53,53"),
        ("exit.extra_listen_ports", "53,51820"), ("exit.extra_listen_ports", "dns"),
        ("exit.extra_listen_ports", (1...65).map(String.init).joined(separator: ",")),
        ("exit.policy_file", ""), ("exit.policy_file", "exit-policy.nft"), ("exit.policy_file", "/etc/*.nft"),
        ("exit.policy_file", "/etc/a\"; flush ruleset #"), ("exit.policy_file", "/etc/a\nflush ruleset"),
        ("device.interface", "wg*"), ("device.interface", "a\"b"), ("device.interface", "$x"),
        ("device.interface", "a\\"), ("device.interface", "wg0;"), ("device.interface", "wg0\n"),
    ])
    func `what nft would misread, or cannot stand, is refused by the setting's name`(key: String, value: String) {
        #expect {
            try policy([key: value])
        } throws: { error in
            "\(error)".contains("`\(key)`") || "\(error)".contains(key)
        }
    }

    @Test func `nft that does not end is ended, and the error says for how long it was waited for`() throws {
        let program = NSTemporaryDirectory() + "hfx-\(UInt32.random(in: 0 ... .max))"
        try "#!/bin/sh\nexec sleep 1000\n".write(toFile: program, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: program) }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        do {
            try PacketFilter(program: program, patience: .seconds(1)).apply("", what: "")
            Issue.record("it was taken")
        } catch {
            #expect(error.status == .temporaryFailure && error.message.contains("not done within 1 seconds"))
        }
    }

    @Test func `nft that is missing, that refuses, and that is not permitted are three different ends`() throws {
        let missing = PacketFilter(program: "/nonexistent/nft")
        #expect(throws: Failure.self) { try missing.apply("", what: "") }
        do { try missing.apply("", what: "") } catch {
            #expect(error.status == .configuration && error.message.contains("install nftables"))
        }
        let folder = NSTemporaryDirectory() + "hfx-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (words, status) in [
            ("/etc/p.nft:3:1-2: Error: syntax error", ExitStatus.configuration),
            ("Error: Could not process rule: Operation not permitted", .notPermitted),
        ] {
            let program = "\(folder)/nft"
            try "#!/bin/sh\ncat >&2\nexit 1\n".write(toFile: program, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
            do {
                try PacketFilter(program: program).check(words, from: "/etc/p.nft")
                Issue.record("it was taken")
            } catch {
                #expect(error.status == status)
                if status == .configuration { #expect(error.message.hasSuffix(words)) }
            }
        }
    }
}

/// Over a folder in the place of /proc/sys/net.
struct ForwardingTests {
    private func settings(_ files: [String: String]) throws -> String {
        let root = NSTemporaryDirectory() + "hff-\(UInt32.random(in: 0 ... .max))"
        for (name, value) in files {
            let url = URL(filePath: "\(root)/\(name)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try "\(value)\n".write(to: url, atomically: true, encoding: .utf8)
        }
        return root
    }

    private func value(_ root: String, _ name: String) throws -> String {
        try String(contentsOfFile: "\(root)/\(name)", encoding: .utf8).trimmingCharacters(in: .newlines)
    }

    @Test func `uplinks that hear router advertisements go on hearing them, and the tunnel does not begin to`() throws {
        var files = ["ipv4/ip_forward": "0", "ipv6/conf/all/forwarding": "0", "ipv6/conf/all/accept_ra": "1"]
        let interfaces = [
            ("eth0", "1", "0", "2"), ("eth1", "0", "0", "0"), ("eth2", "2", "0", "2"), ("eth3", "1", "1", "1"),
            ("holdfast0", "1", "0", "1"), ("default", "1", "0", "2"), ("lo", "1", "0", "1"),
        ]
        for (name, acceptance, forwarding, _) in interfaces {
            files["ipv6/conf/\(name)/accept_ra"] = acceptance
            files["ipv6/conf/\(name)/forwarding"] = forwarding
        }
        let root = try settings(files)
        defer { try? FileManager.default.removeItem(atPath: root) }
        try Forwarding(root: root).enable(besides: "holdfast0")
        #expect(try value(root, "ipv4/ip_forward") == "1")
        #expect(try value(root, "ipv6/conf/all/forwarding") == "1")
        for (name, _, _, expected) in interfaces {
            #expect(try value(root, "ipv6/conf/\(name)/accept_ra") == expected, "\(name)")
        }
    }

    @Test func `a kernel that takes a whole line and says one byte less has done what was asked`() throws {
        let root = try settings(["ipv4/ip_forward": "0", "ipv6/conf/all/forwarding": "0"])
        defer { try? FileManager.default.removeItem(atPath: root) }
        var forwarding = Forwarding(root: root)
        // net.ipv6.conf.all.forwarding before Linux 6.1.178.
        forwarding.write = { write($0, $1, $2) - 1 }
        try forwarding.enable(besides: "holdfast0")
        #expect(try value(root, "ipv4/ip_forward") == "1")
        #expect(try value(root, "ipv6/conf/all/forwarding") == "1")
    }

    @Test func `a setting that stays as it was is a failure that names it`() throws {
        let root = try settings(["ipv4/ip_forward": "0"])
        defer { try? FileManager.default.removeItem(atPath: root) }
        var forwarding = Forwarding(root: root)
        forwarding.write = { _, _, count in count }
        let failure = #expect(throws: Failure.self) { try forwarding.enable(besides: "holdfast0") }
        #expect(failure?.message == "\(root)/ipv4/ip_forward stays at 0, although 1 was written to it")
    }

    @Test func `what was forwarded before is noted once, and is what a purge goes back to`() throws {
        let root = try settings([
            "ipv4/ip_forward": "0", "ipv6/conf/all/forwarding": "1", "ipv4/conf/eth0/forwarding": "0",
            "ipv4/conf/holdfast0/forwarding": "0", "ipv4/conf/lo/forwarding": "0", "ipv4/conf/all/forwarding": "0",
        ])
        defer { try? FileManager.default.removeItem(atPath: root) }
        let memory = ForwardingMemory(directory: root + "/memory", forwarding: Forwarding(root: root))
        #expect(memory.recall() == nil)
        let before = ForwardingBefore(ipv4: false, ipv6: true, interfaces: ["eth0"])
        #expect(try memory.recallOrNote(besides: "holdfast0") == before)
        try memory.forwarding.enable(besides: "holdfast0")
        #expect(try memory.recallOrNote(besides: "holdfast0") == before)
        #expect(ForwardingBefore(text: before.text) == before)
        for text in ["", "ipv4 = on\n", before.text + "more\n", "ipv4 = perhaps\nipv6 = on\ninterfaces = a\n"] {
            #expect(ForwardingBefore(text: text) == nil, "\(text)")
        }
        #expect(ForwardingBefore(text: "ipv4 = on\nipv6 = on\ninterfaces = a\";flush b\n") == nil)
        try memory.forwarding.restore(before)
        #expect(try value(root, "ipv4/ip_forward") == "0")
        #expect(try value(root, "ipv6/conf/all/forwarding") == "1")
    }

    @Test func `switches that are off are named, those of a family that is not there are not`() throws {
        let root = try settings(["ipv4/ip_forward": "1", "ipv4/conf/holdfast0/forwarding": "0"])
        defer { try? FileManager.default.removeItem(atPath: root) }
        let forwarding = Forwarding(root: root)
        #expect(
            try forwarding.switchesOff(tunnel: "holdfast0", needsIPv6: true) == ["net.ipv4.conf.holdfast0.forwarding"]
        )
        #expect(try forwarding.isIPv6Off(tunnel: "holdfast0"))
        try forwarding.enableTunnel("holdfast0")
        #expect(try forwarding.switchesOff(tunnel: "holdfast0", needsIPv6: true).isEmpty)
    }

    @Test func `connections may take a sixteenth of the memory, or what is set`() {
        #expect(ConnectionTracking.limit(setting: 0, memory_bytes: 4 << 30) == 838_860)
        #expect(ConnectionTracking.limit(setting: 5000, memory_bytes: 4 << 30) == 5000)
        #expect(ConnectionTracking.Usage(count: 90, max: 100).isNearlyFull)
        #expect(!ConnectionTracking.Usage(count: 89, max: 100).isNearlyFull)
        #expect(!ConnectionTracking.Usage(count: 0, max: 0).isNearlyFull)
    }

    @Test func `a kernel without IPv6 forwards IPv4`() throws {
        let root = try settings(["ipv4/ip_forward": "0"])
        defer { try? FileManager.default.removeItem(atPath: root) }
        try Forwarding(root: root).enable(besides: "holdfast0")
        #expect(try value(root, "ipv4/ip_forward") == "1")
    }
}
