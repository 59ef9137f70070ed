import Database
import LinkProtocol
import Model
import Placement
import Testing

@testable import Store

/// What a node's key can do, and what operators see of it.
@Suite(.timeLimit(.minutes(10))) struct JudgedNodeTests {
    private static let home = IPAddress("5.9.1.1")!
    private static let elsewhere = IPAddress("5.9.200.1")!

    private func hello(_ fixture: Fixture, _ node: NodeID, boot: UInt8) async throws -> Hello {
        let key = try await fixture.store.pool.query(
            Statement("SELECT wireguard_public_key FROM nodes WHERE id = $1").with(.uuid(node.bytes))
        ) { rows in try rows[0].publicKey("wireguard_public_key") }
        return Hello(
            wireVersion: 1,
            agentVersion: "0.1.0",
            bootID: [UInt8](repeating: boot, count: 16),
            appliedRevision: .zero,
            tableDigest: .empty,
            wireguardPublicKey: key,
            endpoint: nil,
            listenPort: 51_820
        )
    }

    @discardableResult private func open(
        _ fixture: Fixture,
        _ node: NodeID,
        at endpoint: String,
        from address: IPAddress = home,
        boot: UInt8 = 1,
        session: LinkSessionID = .random(),
        _ policy: LinkPolicy = LinkPolicy(),
        after delay: Duration
    ) async throws -> LinkRefusal? {
        let result = try await fixture.store.openLink(
            of: node,
            on: .random(),
            session: session,
            hello: hello(fixture, node, boot: boot),
            endpoint: try #require(HostPort(endpoint)),
            from: address,
            policy: policy,
            silenceLimit: .seconds(33),
            now: Fixture.now + delay
        )
        switch result {
        case .success: return nil
        case .failure(let refusal): return refusal
        }
    }

    private func audited(_ fixture: Fixture) async throws -> [String] {
        try await fixture.store.pool.query(Statement("SELECT action FROM audit_entries ORDER BY id").with()) { rows in
            try rows.map { row in try row.text("action") }
        }
    }

    private func withNode(
        at endpoint: String = "5.9.1.1:51820",
        _ body: (Fixture, NodeID, String) async throws -> Void
    ) async throws {
        try await Fixture.with { fixture in
            let node = try await fixture.addNode()
            try await fixture.store.pool.transaction { transaction in
                _ = try transaction.execute("UPDATE nodes SET endpoint = $1", .text(endpoint))
            }
            try await body(fixture, node, "node-\(node)")
        }
    }

    @Test func `a node that says 127_0_0_1 port 53 is not believed, and gets no new peers until an operator agrees`()
        async throws
    {
        try await withNode { fixture, node, name in
            try await open(fixture, node, at: "127.0.0.1:53", after: .zero)
            let record = try #require(try await fixture.store.node(named: name))
            #expect(record.endpoint == "5.9.1.1:51820")
            #expect(record.pendingEndpoint == "127.0.0.1:53")
            #expect(!record.isSchedulable)
            #expect(try await audited(fixture) == ["node.endpoint_held"])
            let fleet = try await fixture.store.fleet(silenceLimit: .seconds(60), now: Fixture.now)
            let placed = place(PlacementRequest(region: Fixture.region), in: fleet)
            #expect(placed == .failure(.noHealthyNode(PassedOver(cordoned: 1))))
            // It goes on saying so: no more entries.
            for attempt in 1...5 {
                try await open(fixture, node, at: "127.0.0.\(attempt):53", after: .seconds(attempt * 40))
            }
            #expect(try await audited(fixture) == ["node.endpoint_held"])
            #expect(try await fixture.store.acceptNode(named: name, now: Fixture.now) == .changed(peerCount: 0))
            let accepted = try #require(try await fixture.store.node(named: name))
            #expect(accepted.endpoint == "127.0.0.5:53" && accepted.pendingEndpoint == nil && accepted.isSchedulable)
            #expect(try await fixture.store.acceptNode(named: name, now: Fixture.now) == .unchanged)
            #expect(try await audited(fixture) == ["node.endpoint_held", "node.accepted"])
        }
    }

    @Test func `a change of port is taken and audited, and a node that goes back waits for nobody`() async throws {
        try await withNode { fixture, node, name in
            try await open(fixture, node, at: "5.9.1.1:443", after: .zero)
            #expect(try await fixture.store.node(named: name)?.endpoint == "5.9.1.1:443")
            try await open(fixture, node, at: "5.9.77.1:443", after: .seconds(700))
            #expect(try await fixture.store.node(named: name)?.pendingEndpoint == "5.9.77.1:443")
            try await open(fixture, node, at: "5.9.1.1:443", after: .seconds(1400))
            #expect(try await fixture.store.node(named: name)?.pendingEndpoint == nil)
            #expect(try await audited(fixture) == ["node.endpoint_changed", "node.endpoint_held"])
        }
    }

    @Test func `a copy of a node beside the living one is one entry in the audit log, however often it asks`()
        async throws
    {
        try await withNode { fixture, node, _ in
            let first = LinkSessionID.random()
            try await open(fixture, node, at: "5.9.1.1:51820", session: first, after: .zero)
            for second in 1...50 {
                let refusal = try await open(
                    fixture,
                    node,
                    at: "5.9.1.1:51820",
                    from: Self.elsewhere,
                    boot: 2,
                    after: .seconds(second * 2)
                )
                #expect(refusal == .linkedElsewhere)
                _ = try await fixture.store.recordHeartbeat(
                    Heartbeat(),
                    of: node,
                    session: first,
                    nextWithin: .seconds(15),
                    now: Fixture.now + .seconds(second * 2 + 1)
                )
            }
            #expect(try await audited(fixture) == ["node.duplicated"])
        }
    }

    @Test func `a node that rebooted before it was missed is no copy`() async throws {
        try await withNode { fixture, node, _ in
            try await open(fixture, node, at: "5.9.1.1:51820", after: .zero)
            #expect(try await open(fixture, node, at: "5.9.1.1:51820", boot: 2, after: .seconds(20)) == .alreadyLinked)
            let session = LinkSessionID.random()
            try await open(fixture, node, at: "5.9.1.1:51820", boot: 2, session: session, after: .seconds(40))
            _ = try await fixture.store.recordHeartbeat(
                Heartbeat(),
                of: node,
                session: session,
                nextWithin: .seconds(15),
                now: Fixture.now + .seconds(41)
            )
            #expect(try await audited(fixture) == [])
        }
    }

    @Test func `a take-over by another machine is audited, or refused until an operator agrees`() async throws {
        try await withNode { fixture, node, name in
            let endpoint = "5.9.1.1:51820"
            try await open(fixture, node, at: endpoint, after: .zero)
            #expect(
                try await open(fixture, node, at: endpoint, from: Self.elsewhere, boot: 2, after: .seconds(100)) == nil
            )
            #expect(try await audited(fixture) == ["node.taken_over"])
            let strict = LinkPolicy(refusesOtherMachines: true)
            for delay in [200, 300, 400] {
                let refusal = try await open(fixture, node, at: endpoint, boot: 3, strict, after: .seconds(delay))
                #expect(refusal == .otherMachine)
            }
            #expect(try await audited(fixture) == ["node.taken_over", "node.machine_refused"])
            #expect(try await fixture.store.node(named: name)?.isMachineRefused == true)
            _ = try await fixture.store.acceptNode(named: name, now: Fixture.now + .seconds(450))
            #expect(try await open(fixture, node, at: endpoint, boot: 3, strict, after: .seconds(500)) == nil)
            #expect(try await fixture.store.node(named: name)?.isMachineRefused == false)
        }
    }

    private func certificate(_ number: UInt8, at delay: Duration) -> NodeCertificateRecord {
        NodeCertificateRecord(
            serial: [UInt8](repeating: number, count: 16),
            issuedAt: Fixture.now + delay,
            expiresAt: Fixture.now + delay + .seconds(30 * 86_400)
        )
    }

    @Test func `a certificate that was superseded is superseded for ever, however many came after it`() async throws {
        try await withNode { fixture, node, _ in
            let stolen = certificate(1, at: .zero)
            try await fixture.store.addRenewedCertificate(stolen, of: node)
            for number in UInt8(2)...60 {
                let at: Duration = .seconds(Int(number) * 43_200)
                let next = certificate(number, at: at)
                try await fixture.store.addRenewedCertificate(next, of: node)
                try await fixture.store.certificateUsed(serial: next.serial, now: Fixture.now + at)
            }
            let kept = try await fixture.count("SELECT count(*) FROM node_certificates")
            #expect(kept <= 4)
            #expect(try await fixture.store.certificateHolder(serial: stolen.serial) == nil)
            let holder = try await fixture.store.certificateHolder(of: node, issuedAt: stolen.issuedAt)
            #expect(holder?.isSuperseded == true)
            // One that was issued after all that the database knows is one that it has lost.
            let lost = Fixture.now + .seconds(61 * 43_200)
            #expect(try await fixture.store.certificateHolder(of: node, issuedAt: lost)?.isSuperseded == false)
        }
    }

    @Test func `a certificate that was never used stays known until a newer one is used`() async throws {
        try await withNode { fixture, node, _ in
            for number in UInt8(1)...20 {
                try await fixture.store.addRenewedCertificate(certificate(number, at: .seconds(Int(number))), of: node)
            }
            let first = certificate(1, at: .seconds(1))
            #expect(try await fixture.store.certificateHolder(serial: first.serial)?.isSuperseded == false)
            let last = certificate(20, at: .seconds(20))
            try await fixture.store.certificateUsed(serial: last.serial, now: Fixture.now + .seconds(21))
            #expect(try await fixture.store.certificateHolder(serial: first.serial)?.isSuperseded == true)
        }
    }

    @Test func `of 100 renewals in a day a node gets 24, and one entry says that more were refused`() async throws {
        try await withNode { fixture, node, _ in
            var refused = 0
            for number in UInt8(1)...100 {
                do {
                    try await fixture.store.addRenewedCertificate(
                        certificate(number, at: .seconds(Int(number))),
                        of: node
                    )
                } catch LinkRefusal.renewalsTooOften {
                    refused += 1
                }
            }
            #expect(refused == 76)
            let actions = try await audited(fixture)
            #expect(actions.count { $0 == "certificate.renewed" } == 24)
            #expect(actions.count { $0 == "certificate.renewals_refused" } == 1)
            try await fixture.store.addRenewedCertificate(certificate(200, at: .seconds(86_500)), of: node)
        }
    }

    @Test func `one link for a renewal at a time, and none beside the living link`() async throws {
        try await withNode { fixture, node, _ in
            func renew(_ session: LinkSessionID, after delay: Duration) async throws -> Bool {
                try await fixture.store.openRenewalLink(
                    of: node,
                    session: session,
                    silenceLimit: .seconds(33),
                    now: Fixture.now + delay
                )
            }
            let first = LinkSessionID.random()
            #expect(try await renew(first, after: .zero))
            #expect(try await !renew(.random(), after: .seconds(30)))
            #expect(try await renew(.random(), after: .seconds(66)))
            try await fixture.store.closeLink(of: node, session: first)
            #expect(try await !renew(.random(), after: .seconds(67)))
            try await open(fixture, node, at: "5.9.1.1:51820", after: .seconds(200))
            #expect(try await !renew(.random(), after: .seconds(210)))
            #expect(try await renew(.random(), after: .seconds(300)))
        }
    }

    @Test func `a change that is refused for ever is counted each time and audited once an hour`() async throws {
        try await withNode { fixture, node, _ in
            for minute in 0..<120 {
                try await fixture.store.recordRefusal(
                    of: Revision(2),
                    reason: .tableUnavailable,
                    by: node,
                    now: Fixture.now + .seconds(minute * 60)
                )
            }
            #expect(try await fixture.count("SELECT refused_changes FROM nodes") == 120)
            #expect(try await audited(fixture) == ["change.refused", "change.refused"])
        }
    }
}
