import Foundation
import LabSupport
import Testing

extension LabTests {
    /// A node's years: its certificate's life, long outages, clocks that jump.
    @Suite struct Clock {
        /// A certificate lasts 30 days, and is renewed at half its life, give or take a tenth of that.
        private static let pastRenewal = 17.0

        @Test(.timeLimit(.minutes(4)))
        func
            `a certificate is renewed again and again, and after it expired in a long outage; a retired node's is not`()
            async throws
        {
            try await Site.with { site in
                let clock = try LabClock()
                defer { try? clock.restore() }
                for _ in 0..<3 { try Clock.renew(site, clock) }
                try Clock.expire(site, clock)
                try Clock.retire(site, clock)
            }
        }

        private static func renew(_ site: Site, _ clock: LabClock) throws {
            let before = try site.node.agent.status().certificateExpires
            try clock.jump(days: pastRenewal)
            try site.node.agent.wait(for: "a certificate for longer than \(before)", within: .seconds(60)) {
                $0.certificateExpires > before && $0.isLinked
            }
            try require(try site.node.agent.status().kernelChanges <= 1, "the renewal touched the peers")
            try site.client.reach(LabAddresses.outsideIPv4)
        }

        /// No coordinator for 60 days, with a power failure among them.
        private static func expire(_ site: Site, _ clock: LabClock) throws {
            let before = try site.node.agent.status().certificateExpires
            site.coordinator.kill()
            try clock.jump(days: 60)
            try site.node.reboot()
            try site.node.agent.start()
            try site.node.agent.wait(for: "the tunnels from disk") { $0.isInStep && $0.peersInTable == 1 }
            try site.client.reach(LabAddresses.outsideIPv4, within: .seconds(40))
            try require(try site.node.agent.status().certificateExpires == before, "nobody could have renewed")
            try site.coordinator.start()
            try site.node.agent.wait(for: "a new certificate and a link", within: .seconds(60)) {
                $0.certificateExpires > before && $0.isLinked
            }
        }

        private static func retire(_ site: Site, _ clock: LabClock) throws {
            let before = try site.node.agent.status().certificateExpires
            _ = try site.coordinator.query("UPDATE nodes SET retired_at = now()")
            try clock.jump(days: 40)
            site.node.agent.kill()
            try site.node.agent.start()
            try site.node.agent.wait(for: "the refusal", within: .seconds(60)) {
                $0.linkError?.contains("retired") ?? false
            }
            let status = try site.node.agent.status()
            try require(
                status.certificateExpires == before && !status.isLinked,
                "a retired node was given a certificate"
            )
            try require(try site.kernelKeys() == [site.peer.publicKey], "retirement alone removes no peer")
        }

        @Test(.timeLimit(.minutes(3)))
        func `a clock that jumps to and fro costs neither tunnels nor the link for long`() async throws {
            try await Site.with { site in
                let clock = try LabClock()
                defer { try? clock.restore() }
                let connection = try site.coordinator.api.connect()
                for days in [-1.0, 2.0, -3.0, 2.0] {
                    try clock.jump(days: days)
                    let key = ProvisionedPeer.freshKey()
                    // Days after its last heartbeat, so it seems, a node is silent (503) until its next.
                    try wait(for: "a peer after \(days) days", within: .seconds(40), pause: .milliseconds(200)) {
                        let answer = try connection.createPeer(
                            publicKey: key,
                            region: Site.region,
                            token: site.customer.token
                        )
                        if answer.status != 503 { try answer.expect(201) }
                        return answer.status == 201
                    }
                    try require(try site.kernelKeys().contains(key), "no peer after \(days) days")
                }
                try site.node.agent.wait(for: "its link", within: .seconds(60)) { $0.isLinked && $0.isInStep }
                try require(try site.node.kernelPeers().count == 5, "peers were lost")
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a node without a clock has its tunnels at once, and its link when the clock is set`() async throws {
            try await Site.with { site in
                let clock = try LabClock()
                defer { try? clock.restore() }
                site.node.agent.kill()
                try clock.set(Date(timeIntervalSince1970: 3600))
                try site.node.reboot()
                try site.node.agent.start()
                try site.node.agent.wait(for: "the tunnels from disk") { $0.isInStep && $0.peersInTable == 1 }
                try require(try site.kernelKeys() == [site.peer.publicKey], "the peer is not there")
                try site.node.agent.wait(for: "a reason that names the clock", within: .seconds(30)) {
                    $0.linkError?.contains("clock") ?? false
                }
                try clock.restore()
                try site.node.agent.wait(for: "the link", within: .seconds(60)) { $0.isLinked }
                try site.client.reach(LabAddresses.outsideIPv4, within: .seconds(40))
            }
        }
    }
}
