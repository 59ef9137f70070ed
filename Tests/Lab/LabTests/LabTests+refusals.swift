import LabSupport
import Testing

extension LabTests {
    /// What a node says no to: it is told, written down, and holds up nobody else.
    @Suite struct Refusals {
        /// WireGuard passes over a peer with the device's own key without a word: such a key is refused before it is placed.
        @Test(.timeLimit(.minutes(3)))
        func `a customer who posts a server's own key is told so, and nothing else happens`() async throws {
            try await Site.with { site in
                let probe = try site.startPing()
                let own = try site.node.host.run("wg", "show", Node.interface, "public-key")
                let connection = try site.coordinator.api.connect()
                let answer = try connection.createPeer(
                    publicKey: own,
                    region: Site.region,
                    token: site.customer.token
                )
                try answer.expect(422)
                try require(try answer.string("type").hasSuffix("server-key"), answer.text)
                let next = try site.customer.makePeer(region: Site.region)
                let expected: Set<String> = [site.peer.publicKey, next.publicKey]
                try require(try site.kernelKeys() == expected, "the kernel has other peers than the API's")
                try require(Set(try site.customer.peerStates().keys) == expected, "the refused peer was kept")
                let audit = try site.coordinator.query(
                    "SELECT actor, detail FROM audit_entries WHERE action = 'peer.refused'"
                )
                try require(audit.isEmpty, "the node was asked: \(audit)")
                try probe.stopHavingLostNothing()
            }
        }

        /// The coordinator's own tables lose every peer, as after a restore of the wrong backup.
        @Test(.timeLimit(.minutes(3)))
        func `an empty snapshot after a full one is refused, and the tunnels stay`() async throws {
            try await Site.with { site in
                for _ in 0..<25 { _ = try site.customer.makePeer(region: Site.region) }
                let before = try site.kernelKeys()
                let probe = try site.startPing()
                site.node.agent.kill()
                _ = try site.coordinator.query(
                    "DELETE FROM assignments; UPDATE nodes SET applied_digest = sha256('another table')"
                )
                try site.node.agent.start()
                try wait(for: "the refusal to be written down", within: .seconds(30)) {
                    try !site.coordinator.query("SELECT 1 FROM audit_entries WHERE action = 'change.refused'").isEmpty
                }
                try require(try site.kernelKeys() == before, "the snapshot removed peers")
                try require(
                    try site.node.agent.status().peersInTable == before.count,
                    "the snapshot emptied the table"
                )
                try probe.stopHavingLostNothing()
            }
        }
    }
}
