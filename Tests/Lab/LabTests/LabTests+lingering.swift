import Foundation
import LabSupport
import Testing

extension LabTests {
    /// A peer that has moved away, as its old node sees it.
    @Suite struct Lingering {
        /// In place of 180 s. Shorter than the two minutes after which WireGuard shakes hands anew, so that here the
        /// client does it more often.
        private static let silence = Duration.seconds(12)

        @Test(.timeLimit(.minutes(4)))
        func `a peer that moved away is served until it is silent, and then let go without a word`() async throws {
            try await Site.with(prepare: Lingering.hurry) { site in
                let marked = try Lingering.mark(site)
                try Lingering.keepsItThroughRestarts(site)
                try Lingering.keepsItWhileItShakesHands(site)
                try Lingering.letsItGo(site, revision: marked)
            }
        }

        private static func hurry(_ node: Node) {
            node.agent.environment["HOLDFAST_DEVICE_LINGER_SILENCE_MS"] = "\(Int(silence.milliseconds))"
            node.agent.environment["HOLDFAST_DEVICE_RECONCILE_INTERVAL_MS"] = "500"
        }

        /// What the switch of a move does to the old node, under traffic.
        private static func mark(_ site: Site) throws -> UInt64 {
            let probe = try site.startPing()
            let before = try site.node.agent.status()
            let peer = try unwrap(try site.node.kernelPeers()[site.peer.publicKey], "no peer")
            _ = try site.coordinator.query(
                """
                BEGIN;
                UPDATE nodes SET revision = revision + 1;
                UPDATE assignments SET state = 'lingering', linger_until = now() + interval '1 day',
                    revision = (SELECT revision FROM nodes);
                COMMIT
                """
            )
            try site.node.agent.wait(for: "the mark") { $0.peersLingering == 1 }
            try probe.stopHavingLostNothing()
            let after = try site.node.agent.status()
            try require(after.kernelChanges == before.kernelChanges, "the mark was told to the kernel")
            try require(
                try site.node.kernelPeers()[site.peer.publicKey]?.latestHandshake == peer.latestHandshake,
                "the session began anew"
            )
            try wait(for: "the coordinator to count it", within: .seconds(20)) { try figures(site) == "1|1|t" }
            return after.appliedRevision
        }

        private static func keepsItThroughRestarts(_ site: Site) throws {
            site.node.agent.kill()
            try site.node.agent.start()
            try site.node.agent.wait(for: "the mark from disk") { $0.isInStep && $0.peersLingering == 1 }
            try site.client.reach(LabAddresses.outsideIPv4)
        }

        private static func keepsItWhileItShakesHands(_ site: Site) throws {
            let clock = ContinuousClock()
            let end = clock.now + silence * 2
            while clock.now < end {
                let before = try site.node.kernelPeers()[site.peer.publicKey]?.latestHandshake
                // Seconds are what wg shows, and what is told apart here.
                try wait(for: "a new handshake", within: .seconds(20)) {
                    try site.client.forgetSessions()
                    try site.client.reach(LabAddresses.outsideIPv4)
                    return try site.node.kernelPeers()[site.peer.publicKey]?.latestHandshake != before
                }
                try require(try site.node.agent.status().peersLingering == 1, "it was let go while it was active")
            }
        }

        private static func letsItGo(_ site: Site, revision: UInt64) throws {
            try site.client.disconnect()
            let waited = try wait(for: "the node to let go of it", within: silence * 3) {
                try site.kernelKeys().isEmpty
            }
            // As exactly as the reconcile period and the last handshake's own time allow.
            try require(waited > silence - .seconds(2), "let go after \(waited.text)")
            let status = try site.node.agent.status()
            try require(status.peersInTable == 0 && status.peersLingering == 0, "it is still in the table")
            try require(status.appliedRevision == revision, "letting go took a revision")
            try require(status.driftRepaired == 0, "letting go was taken for drift")
            try wait(for: "the coordinator to hear that none lingers", within: .seconds(20)) {
                try figures(site) == "0|0|t"
            }
            try require(try site.node.agent.status().isLinked, "the link was lost")
        }

        /// By the node's last heartbeat: peers in its table, how many linger, and whether that is of its revision.
        private static func figures(_ site: Site) throws -> String {
            try site.coordinator.query(
                "SELECT peers_in_table, peers_lingering, heartbeat_revision = revision FROM nodes"
            ).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}
