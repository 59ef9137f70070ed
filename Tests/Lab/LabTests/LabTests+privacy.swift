import Cryptography
import Foundation
import LabSupport
import Model
import Testing

extension LabTests {
    @Suite struct Privacy {
        /// A customer's whole life, with e-mail addresses and names in what the store sends, and traffic through the
        /// tunnel; then everything that was written is searched. docs/PRIVACY.md says what may be there.
        @Test(.timeLimit(.minutes(4)))
        func `nothing that was written names a customer, a device or where it is`() async throws {
            try await Site.with { site in
                let api = site.coordinator.api
                let order = try Customer.Order(api: api, tier: .basic)
                try api.deliver(try .ofAnotherKind()).expect(200)
                try order.pay()
                // Once more, late and with a bad signature: refusals are logged too.
                for event in try order.events() { try api.deliver(event, signature: "t=1,v1=00").expect(400) }
                let customer = try order.claim()
                let peer = try customer.makePeer(region: Site.region)
                try api.get("/v1/peers/\(peer.id)", token: customer.token).expect(200)
                let rotated = try api.post("/v1/subscription-tokens/rotate", [:], token: customer.token).expect(201)
                let second = try rotated.string("token")
                try api.get("/v1/peers", token: String(second.dropLast()) + "0").expect(401)

                let probe = try site.startPing()
                try probe.wait(forAnswers: 60)
                try site.node.agent.wait(for: "to have counted the handshake") { $0.isLinked && $0.isInStep }
                _ = try probe.stop()

                let needles = try Self.needles(
                    order,
                    [customer.token, second, site.customer.token],
                    [peer, site.peer]
                )
                try Self.requireNone(of: needles, at: site, whenSearching: "the living")
                try Self.requireFinds(needles)

                // Gone: what is left of the account is the store's own reference.
                let key = Array(Base64.decode(peer.publicKey) ?? [])
                try api.connect().send("DELETE", "/v1/account", headers: ["Authorization": "Bearer \(second)"]).expect(
                    200
                )
                try wait(for: "the node to let go", within: .seconds(20)) { try site.kernelKeys().count == 1 }
                let dump = try site.coordinator.dump()
                let hex = Hexadecimal.encode(key)
                try require(key.count == 32 && !dump.contains(hex), "the erased peer's key is in the database")
                let rows = try site.coordinator.query(
                    "SELECT (SELECT count(*) FROM peers) + (SELECT count(*) FROM assignments)"
                )
                try require(rows.hasPrefix("2"), "the erased peer has rows still: \(rows)")
                try require(dump.contains(order.purchase.subscription), "accounting has lost its reference")
            }
        }

        private static func needles(
            _ order: Customer.Order,
            _ tokens: [String],
            _ peers: [ProvisionedPeer]
        ) throws -> [Traces.Needle] {
            var needles = [
                Traces.Needle("an e-mail address", "jane.roe@example.net"), Traces.Needle("a name", "Jane Roe"),
                Traces.Needle("the store's id of a person", order.purchase.customer),
                Traces.Needle("a claim's secret", order.claimText),
                Traces.Needle(
                    "a claim's secret, binary",
                    bytes: try unwrap(Hexadecimal.decode(order.claimText), "hex")
                ),
                Traces.Needle("the app's address", LabAddresses.labAddress, isNumber: true),
                Traces.Needle("a device's address", LabAddresses.firstClientAddress, isNumber: true),
                Traces.Needle("a device's IPv6 address", LabAddresses.firstClientAddressIPv6, isNumber: true),
                Traces.Needle("where a device went", LabAddresses.outsideIPv4, isNumber: true),
            ]
            needles += tokens.map { Traces.Needle("a token", $0) }
            needles += peers.map { Traces.Needle("a private key", bytes: $0.keys.privateKey.reveal()) }
            needles += peers.map { Traces.Needle("a private key, as text", Base64.encode($0.keys.privateKey.reveal())) }
            return needles
        }

        private static func requireNone(of needles: [Traces.Needle], at site: Site, whenSearching what: String) throws {
            var traces = Traces()
            traces.add("the database's dump", try site.coordinator.dump())
            traces.add("the metrics", try site.coordinator.metrics())
            traces.add("the agent's status", try site.node.agent.statusCommand("--json").output)
            // Logs, the database's own files, the nodes' state.
            try traces.add(
                folder: site.lab.directory,
                except: ["\(site.lab.directory)/coordinator/secrets", "\(site.lab.directory)/ping"]
            )
            for name in ["coordinator.log", "cluster/base", "pg_wal", "table"] {
                try require(traces.names.contains { $0.contains(name) }, "\(name) was not searched: \(traces.names)")
            }
            let found = traces.find(needles)
            try require(found.isEmpty, "\(what): \(found.joined(separator: "\n"))")
        }

        /// A search that finds nothing has to be one that would find it.
        private static func requireFinds(_ needles: [Traces.Needle]) throws {
            var traces = Traces()
            traces.add(
                "a text",
                "to jane.roe@example.net, from \(LabAddresses.labAddress)2 and \(LabAddresses.labAddress):9"
            )
            let found = traces.find(needles)
            try require(found.count == 2, "\(found)")
        }
    }
}
