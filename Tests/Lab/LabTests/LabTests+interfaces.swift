import LabSupport
import Testing

extension LabTests {
    /// What an agent may find when it starts: things of others in its place.
    @Suite struct Interfaces {
        private static let configuration: Int32 = 78

        @Test(.timeLimit(.minutes(3)))
        func `what is in the agent's place is left alone, said clearly, and waited for or given up`() async throws {
            try await Site.with { site in
                try Interfaces.anotherKind(site)
                try Interfaces.takenPort(site)
                try Interfaces.takenAddress(site)
                try Interfaces.damagedIdentity(site)
            }
        }

        /// A person has to change something first: no restart helps.
        private static func anotherKind(_ site: Site) throws {
            try remakeInterface(site) { try site.node.host.run("ip", "link", "add", Node.interface, "type", "dummy") }
            try site.node.agent.start()
            try refuses(site, naming: "no WireGuard interface")
            try require(
                try site.node.host.run("ip", "-d", "link", "show", Node.interface).contains("dummy"),
                "the stranger's interface is gone"
            )
            try site.node.host.run("ip", "link", "del", Node.interface)
            try comesBack(site)
        }

        private static func takenPort(_ site: Site) throws {
            try remakeInterface(site) {
                try site.node.host.run("ip", "link", "add", "stranger", "type", "wireguard")
                try site.node.host.run("wg", "set", "stranger", "listen-port", "51820")
                try site.node.host.run("ip", "link", "set", "stranger", "up")
            }
            try site.node.agent.start()
            try site.node.agent.wait(for: "the taken port in its status", within: .seconds(30)) {
                $0.deviceError?.contains("51820") ?? false
            }
            try site.node.host.run("ip", "link", "del", "stranger")
            try site.client.reach(LabAddresses.outsideIPv4, within: .seconds(60))
        }

        /// Linux lets two interfaces have one address; the tunnel works all the same.
        private static func takenAddress(_ site: Site) throws {
            try remakeInterface(site) {
                try site.node.host.run("ip", "link", "add", "other", "type", "dummy")
                try site.node.host.run("ip", "addr", "add", "10.64.0.1/32", "dev", "other")
                try site.node.host.run("ip", "link", "set", "other", "up")
            }
            try comesBack(site)
            try site.node.host.run("ip", "link", "del", "other")
        }

        private static func damagedIdentity(_ site: Site) throws {
            let path = "\(site.node.agent.stateDirectory)/identity.pem"
            let peers = try site.kernelKeys()
            for (damage, words) in [
                ("head -c 300 \(path).kept >\(path); chmod 600 \(path)", "enrol this node again"),
                ("cp -p \(path).kept \(path); chmod 644 \(path)", "644"), ("true", "not enrolled"),
            ] {
                site.node.agent.kill()
                try Host.own.run("mv", path, "\(path).kept")
                try Host.own.run("sh", "-c", damage)
                try site.node.agent.start()
                try refuses(site, naming: words)
                try require(try site.kernelKeys() == peers, "the running peers were touched")
                try Host.own.run("mv", "\(path).kept", path)
            }
            try comesBack(site)
        }

        private static func remakeInterface(_ site: Site, _ occupy: () throws -> Void) throws {
            site.node.agent.kill()
            _ = try site.node.host.attempt(["ip", "link", "del", Node.interface])
            try occupy()
        }

        private static func refuses(_ site: Site, naming words: String) throws {
            let agent = try site.node.agent.process()
            try wait(for: "the agent to give up", within: .seconds(30)) { !agent.isRunning }
            try require(
                agent.exitStatus == configuration,
                "exit status \(agent.exitStatus ?? -1)\n\(agent.log().suffix(500))"
            )
            try require(
                agent.log().suffix(600).contains(words),
                "it does not say '\(words)': \(agent.log().suffix(600))"
            )
        }

        private static func comesBack(_ site: Site) throws {
            try site.node.agent.start()
            try site.client.reach(LabAddresses.outsideIPv4, within: .seconds(40))
        }
    }
}
