import CertificateAuthority
import Cryptography
import Database
import LinkProtocol
import Model
import Placement
import Store
import Testing

@testable import AgentLink

/// A node's link, over real TLS and a real database.
@Suite(.timeLimit(.minutes(10))) struct LinkTests {
    @Test func `a node enrols, links, gets its peer and acknowledges it`() async throws {
        try await TestBench.run { bench in
            let (node, identity) = try await bench.enrolled()
            try await bench.link(identity) { client in
                try await client.send(TestBench.hello())
                guard case .welcome(let welcome)? = try await client.next() else { throw TestBench.Unexpected() }
                #expect(!welcome.renewalOnly)
                #expect(welcome.network.interfaceAddresses.first == IPPrefix("10.64.0.1/10"))
                try await bench.assign(21, to: node, index: 5)
                guard case .delta(let delta)? = try await client.next() else { throw TestBench.Unexpected() }
                #expect(delta.base == .zero)
                let entry = PeerEntry(publicKey: TestBench.key(21), allowedIPs: bench.addresses.addresses(at: 5))
                #expect(delta.upserts == [entry])
                var digest = TableDigest.empty
                digest.insert(entry)
                let acknowledgement = Acknowledgement(
                    revision: delta.revision,
                    tableDigest: digest,
                    refusedPeers: []
                )
                async let heard = bench.feed.waitForAcknowledgement(
                    of: node,
                    atLeast: delta.revision,
                    until: .now + .seconds(30)
                )
                try await client.send(.acknowledgement(acknowledgement))
                #expect(await heard != .silence)
            }
            let states = try await bench.store.pool.read { transaction in
                try transaction.query("SELECT state FROM assignments").map { row in try row.text("state") }
            }
            #expect(states == ["active"])
        }
    }

    @Test func `a link without a certificate is told to enrol`() async throws {
        try await TestBench.run { bench in
            let answer = try await bench.link(nil) { client in try await client.next() }
            #expect(answer == .close(reason: "a client certificate is required: enrol first"))
        }
    }

    @Test func `a certificate of another authority is refused`() async throws {
        try await TestBench.run { bench in
            let other = try CertificateAuthority.generate(now: TestBench.now())
            var identity = TestIdentity()
            identity.certificate = try other.issueNodeCertificate(
                CertificateRequest(der: identity.request()),
                for: .random(),
                now: TestBench.now(),
                lifetime: .seconds(3600)
            ).der
            let answer = try await bench.link(identity) { client in try await client.next() }
            #expect(answer == .close(reason: "\(CertificateRefusal.notTrusted)"))
        }
    }

    @Test func `an expired certificate is good for a renewal only`() async throws {
        try await TestBench.run { bench in
            let (node, enrolled) = try await bench.enrolled()
            var identity = enrolled
            let past = TestBench.now() - .seconds(100)
            let expired = try bench.authority.issueNodeCertificate(
                CertificateRequest(der: identity.request()),
                for: node,
                now: past,
                lifetime: .seconds(60)
            )
            try await bench.store.addRenewedCertificate(
                NodeCertificateRecord(
                    serial: expired.serial,
                    issuedAt: TestBench.now(),
                    expiresAt: expired.expiresAt
                ),
                of: node
            )
            identity.certificate = expired.der
            let request = try identity.request()
            try await bench.link(identity) { client in
                try await client.send(TestBench.hello())
                guard case .welcome(let welcome)? = try await client.next() else { throw TestBench.Unexpected() }
                #expect(welcome.renewalOnly)
                try await client.send(.renewalRequest(certificateRequest: request))
                guard case .certificate(let issued)? = try await client.next() else {
                    throw TestBench.Unexpected()
                }
                let renewed = try await bench.authority.verify(client: issued.certificate, now: TestBench.now())
                #expect(renewed.nodeID == node)
                #expect(renewed.isCurrent)
                #expect(try await client.next() == .close(reason: "the certificate was renewed: link with it"))
            }
        }
    }

    @Test func `a second link for a renewal is sent away, and neither counts for the heartbeats' pace`() async throws {
        try await TestBench.run { bench in
            let (node, identity) = try await bench.enrolled()
            try await bench.store.pool.transaction { transaction in
                _ = try transaction.execute("DELETE FROM node_certificates WHERE node_id = $1", .uuid(node.bytes))
            }
            try await bench.link(identity) { first in
                try await first.send(TestBench.hello())
                guard case .welcome(let welcome)? = try await first.next() else { throw TestBench.Unexpected() }
                #expect(welcome.renewalOnly)
                for _ in 0..<5 {
                    let answer = try await bench.link(identity) { second in
                        try await second.send(TestBench.hello())
                        return try await second.next()
                    }
                    guard case .tryLater(_, let reason)? = answer else { throw TestBench.Unexpected() }
                    #expect(reason == "another link of this node is alive")
                }
            }
        }
    }

    @Test func `a copy of a linked node is sent away, and one entry in the audit log says so`() async throws {
        try await TestBench.run { bench in
            let (_, identity) = try await bench.enrolled()
            try await bench.link(identity) { first in
                try await first.send(TestBench.hello())
                guard case .welcome? = try await first.next() else { throw TestBench.Unexpected() }
                let answer = try await bench.link(identity) { second in
                    try await second.send(TestBench.hello(boot: 2))
                    return try await second.next()
                }
                guard case .tryLater? = answer else { throw TestBench.Unexpected() }
                try await first.send(.heartbeat(Heartbeat()))
                guard case .heartbeatReply? = try await first.next() else { throw TestBench.Unexpected() }
            }
            let entries = try await bench.store.pool.read { transaction in
                try transaction.query("SELECT count(*) AS n FROM audit_entries WHERE action = 'node.duplicated'")
                    .first?.int64("n")
            }
            #expect(entries == 1)
            // Of one address it may be a reboot, which the metric tells apart from a copy elsewhere.
            #expect(bench.counts[.linked] == 1 && bench.counts[.otherMachine] == 0)
        }
    }

    /// As after the restore of a backup that is older than the node's last renewal.
    @Test func `a certificate that the database has lost is good for a renewal only`() async throws {
        try await TestBench.run { bench in
            let (node, identity) = try await bench.enrolled()
            try await bench.store.pool.transaction { transaction in
                _ = try transaction.execute("DELETE FROM node_certificates WHERE node_id = $1", .uuid(node.bytes))
            }
            try await bench.link(identity) { client in
                try await client.send(TestBench.hello())
                guard case .welcome(let welcome)? = try await client.next() else { throw TestBench.Unexpected() }
                #expect(welcome.renewalOnly)
            }
            try await bench.store.pool.transaction { transaction in
                _ = try transaction.execute("UPDATE nodes SET retired_at = now() WHERE id = $1", .uuid(node.bytes))
            }
            let answer = try await bench.link(identity) { client in try await client.next() }
            #expect(answer == .close(reason: "the node was retired"))
        }
    }

    @Test func `a certificate that a newer one has pushed out of the table opens no link and renews nothing`()
        async throws
    {
        try await TestBench.run { bench in
            let (node, identity) = try await bench.enrolled()
            try await bench.store.pool.transaction { transaction in
                _ = try transaction.execute("DELETE FROM node_certificates WHERE node_id = $1", .uuid(node.bytes))
                _ = try transaction.execute(
                    "UPDATE nodes SET certificates_from = now() + interval '1 hour' WHERE id = $1",
                    .uuid(node.bytes)
                )
            }
            let answer = try await bench.link(identity) { client in
                try await client.send(TestBench.hello())
                return try await client.next()
            }
            #expect(answer == .close(reason: "the client certificate was superseded by a newer one"))
        }
    }

    @Test func `a link that was last heard in the future keeps nobody out`() async throws {
        try await TestBench.run { bench in
            let (node, identity) = try await bench.enrolled()
            try await bench.store.pool.transaction { transaction in
                _ = try transaction.execute(
                    "UPDATE nodes SET link_session = $1, heard_at = now() + interval '1 day' WHERE id = $1",
                    .uuid(node.bytes)
                )
            }
            try await bench.link(identity) { client in
                try await client.send(TestBench.hello())
                guard case .welcome? = try await client.next() else { throw TestBench.Unexpected() }
            }
        }
    }

    @Test func `the listener's certificate is made anew when the clock was put back`() throws {
        let now = TestBench.now()
        let tls = ListenerTLS(authority: try .generate(now: now), lifetime: .seconds(86_400))
        let ahead = try tls.context(now: now + .seconds(7200))
        #expect(try tls.context(now: now + .seconds(7201)) === ahead)
        #expect(try tls.context(now: now) !== ahead)
    }

    @Test func `a retired node is refused`() async throws {
        try await TestBench.run { bench in
            let (node, identity) = try await bench.enrolled()
            try await bench.store.pool.transaction { transaction in
                _ = try transaction.execute("UPDATE nodes SET retired_at = now() WHERE id = $1", .uuid(node.bytes))
            }
            let answer = try await bench.link(identity) { client in try await client.next() }
            #expect(answer == .close(reason: "the node was retired"))
        }
    }

    @Test func `a second link of a node is sent away while the first lives`() async throws {
        try await TestBench.run { bench in
            let (_, identity) = try await bench.enrolled()
            try await bench.link(identity) { first in
                try await first.send(TestBench.hello())
                guard case .welcome? = try await first.next() else { throw TestBench.Unexpected() }
                let answer = try await bench.link(identity) { second in
                    try await second.send(TestBench.hello())
                    return try await second.next()
                }
                guard case .tryLater(_, let reason)? = answer else { throw TestBench.Unexpected() }
                #expect(reason == "another link of this node is alive")
                try await first.send(.heartbeat(Heartbeat()))
                guard case .heartbeatReply? = try await first.next() else { throw TestBench.Unexpected() }
            }
        }
    }

    @Test func `TLS 1_2 is not spoken`() async throws {
        try await TestBench.run { bench in
            let (_, identity) = try await bench.enrolled()
            await #expect(throws: (any Error).self) {
                try await bench.link(identity, newest: .v12) { client in
                    guard try await client.next() != nil else { throw TestBench.Unexpected() }
                }
            }
        }
    }

    @Test(
        arguments: [
            ([0, 0x10, 0, 1], "malformed frame: tooLarge(1048577)"),
            ([0, 0, 0, 0], "malformed frame: empty"),
            ([0, 0, 0, 2, 0xff, 0xff], "malformed message: the frame is not a protobuf message"),
            ([0, 0, 0, 3, 0xfa, 0x3f, 0x00], "malformed message: the frame holds no message that this version knows"),
            (Array("GET / HTTP/1.1\r\n\r\n".utf8), "malformed frame: tooLarge(1195725856)"),
        ] as [([UInt8], String)]
    )
    func `bytes that are no message end the link with the reason`(bytes: [UInt8], reason: String) async throws {
        try await TestBench.run { bench in
            let (_, identity) = try await bench.enrolled()
            let answer = try await bench.link(identity) { client in
                try await client.send(bytes: bytes)
                return try await client.next()
            }
            #expect(answer == .close(reason: reason))
        }
    }
}
