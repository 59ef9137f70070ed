import Foundation
import LabSupport
import Testing

extension LabTests {
    /// What the host forwards past the tunnel: what it did before, and no more.
    @Suite struct Router {
        /// From a machine on the node's uplink to one behind its other interface, by the node's address.
        private static func reach(_ lab: Lab, by node: Node, from client: LabSupport.Host) throws -> Reach {
            _ = try client.attempt(["ip", "route", "replace", "1.2.3.0/24", "via", node.address])
            _ = try lab.outside.attempt(["ip", "route", "replace", "203.0.113.0/24", "via", node.exitAddress])
            return try TCPConnection.reach(
                from: client,
                to: LabAddresses.outsideIPv4,
                port: ExitSite.port,
                within: .seconds(1)
            )
        }

        @Test(.timeLimit(.minutes(1)))
        func `a host that was no router lets nobody from one interface to another, and is none after a purge`()
            async throws
        {
            try await Lab.with { lab in
                let node = try lab.makeNode(region: Site.region)
                let client = try lab.makeClient()
                let service = try TCPService(on: lab.outside, port: ExitSite.port)
                defer { withExtendedLifetime(service) {} }
                try node.enrollByHand()
                let first = try Router.reach(lab, by: node, from: client)
                try require(first == .silent, "forwarded: \(first)")
                // The second load finds forwarding on, and remembers all the same.
                try node.host.run("nft", "flush", "ruleset")
                try node.exitPolicy.load()
                let second = try Router.reach(lab, by: node, from: client)
                try require(second == .silent, "forwarded after a reload: \(second)")
                node.exitPolicy.environment["HOLDFAST_EXIT_FORWARD_OTHERS"] = "yes"
                try node.exitPolicy.load()
                let allowed = try Router.reach(lab, by: node, from: client)
                try require(allowed == .reached, "not forwarded although set so: \(allowed)")
                try Router.purge(node)
                for name in ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"] {
                    try require(try node.host.run("sysctl", "-n", name) == "0", "\(name) stays on after a purge")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a router stays one, also after a purge, and what came later than the policy is forwarded`() async throws {
            try await Lab.with { lab in
                let client = try lab.makeClient()
                let service = try TCPService(on: lab.outside, port: ExitSite.port)
                defer { withExtendedLifetime(service) {} }
                let router = try lab.makeNode(region: Site.region)
                try router.host.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
                try router.enrollByHand()
                let reach = try Router.reach(lab, by: router, from: client)
                try require(reach == .reached, "a router is none any more: \(reach)")
                try Router.purge(router)
                try require(try router.host.run("sysctl", "-n", "net.ipv4.ip_forward") == "1", "a router is none")
                let node = try lab.makeNode(region: Site.region)
                try node.enrollByHand()
                // As a container's bridge is: made after the policy was loaded.
                try node.host.run("ip", "link", "add", "docker0", "type", "bridge")
                try node.host.run("ip", "link", "set", "beyond", "master", "docker0")
                try node.host.run("ip", "addr", "flush", "dev", "beyond")
                try node.host.run("ip", "addr", "add", "\(node.exitAddress)/24", "dev", "docker0")
                try node.host.run("ip", "link", "set", "docker0", "up")
                let container = try Router.reach(lab, by: node, from: client)
                try require(container == .reached, "a container's bridge: \(container)")
            }
        }

        private static func purge(_ node: Node) throws {
            let settings = node.exitPolicy.environment.map { "\($0.key)=\($0.value)" }
            try node.host.run(
                ["env"] + settings + [Binaries.agent, "purge", "--yes", "--state-dir", node.agent.stateDirectory]
            )
        }
    }
}
