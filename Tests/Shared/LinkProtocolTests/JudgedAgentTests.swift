import LinkProtocol
import Model
import Testing

/// What an agent may do, and how often.
@Suite struct JudgedAgentTests {
    private static let start = ContinuousClock.now
    private static let interval: Duration = .seconds(15)

    private static func fresh(renewalOnly: Bool = false) -> CoordinatorSession {
        CoordinatorSession(
            renewalOnly: renewalOnly,
            heartbeatInterval: interval,
            helloLimit: .seconds(10),
            now: start
        )
    }

    private static func live(agentAt revision: UInt64 = 5) -> CoordinatorSession {
        var session = fresh()
        _ = session.received(.hello(Fixtures.hello(revision: revision, digest: .empty)), now: start)
        _ = session.opened(
            LinkedNode(revision: Revision(9), appliedRevision: Revision(5), appliedDigest: .empty)
        )
        session.welcomed()
        return session
    }

    @Test func `an hour of heartbeats at the pace is answered, each one`() {
        var session = Self.live()
        for beat in 0..<240 {
            let actions = session.received(.heartbeat(Heartbeat()), now: Self.start + Self.interval * beat)
            #expect(actions == [.answerHeartbeat(Heartbeat())])
        }
    }

    @Test func `of heartbeats beyond the pace eight are answered, some are ignored, and then the link ends`() {
        var session = Self.live()
        let actions = (0..<100).map { _ in session.received(.heartbeat(Heartbeat()), now: Self.start) }
        #expect(actions.prefix(8).allSatisfy { $0 == [.answerHeartbeat(Heartbeat())] })
        #expect(actions[8..<72].allSatisfy { $0.isEmpty })
        #expect(actions[72] == [.close(reason: "too many messages that say nothing new")])
        #expect(actions[73...].allSatisfy { $0.isEmpty })
    }

    @Test func `a third renewal within a minute ends the link`() {
        var session = Self.live()
        let request = AgentMessage.renewalRequest(certificateRequest: [1])
        #expect(session.received(request, now: Self.start) == [.renew(certificateRequest: [1])])
        #expect(session.received(request, now: Self.start) == [.renew(certificateRequest: [1])])
        #expect(session.received(request, now: Self.start) == [.close(reason: "more than a renewal a minute")])
    }

    @Test func `an acknowledgement that is repeated for ever ends the link`() {
        var session = Self.live()
        let acknowledgement = AgentMessage.acknowledgement(
            Acknowledgement(revision: Revision(5), tableDigest: .empty, refusedPeers: [])
        )
        for _ in 0..<64 { #expect(session.received(acknowledgement, now: Self.start) == []) }
        let last = session.received(acknowledgement, now: Self.start)
        #expect(last == [.close(reason: "too many messages that say nothing new")])
    }

    @Test func `a link that serves for a renewal ends with the certificate`() {
        var session = Self.fresh(renewalOnly: true)
        _ = session.received(.hello(Fixtures.hello(revision: 5, digest: .empty)), now: Self.start)
        let request = AgentMessage.renewalRequest(certificateRequest: [1])
        #expect(session.received(request, now: Self.start) == [.renew(certificateRequest: [1])])
        let issued = IssuedCertificate(certificate: [2], authority: [3])
        #expect(
            session.renewed(issued) == [
                .send(.certificate(issued)), .close(reason: "the certificate was renewed: link with it"),
            ]
        )
    }

    @Test func `a link that serves for a renewal and does not renew ends after a minute, whatever it says`() {
        var session = Self.fresh(renewalOnly: true)
        _ = session.received(.hello(Fixtures.hello(revision: 5, digest: .empty)), now: Self.start)
        for second in stride(from: 10, through: 60, by: 10) {
            let now = Self.start + .seconds(second)
            #expect(session.received(.heartbeat(Heartbeat()), now: now) == [])
            #expect(session.tick(now) == [])
        }
        #expect(session.tick(Self.start + .seconds(61)) == [.close(reason: "no renewal within a minute")])
    }

    @Test func `a snapshot that is refused for ever is sent after 1, 2, 4 and then 8 heartbeats`() {
        var session = Self.live(agentAt: 2)
        var now = Self.start
        var pauses: [Int] = []
        let header = SnapshotHeader(revision: Revision(9), peerCount: 0, digest: .empty, allowMassRemoval: false)
        for _ in 0..<8 {
            var beats = 0
            while session.demand() == nil {
                now += Self.interval
                beats += 1
                _ = session.received(.heartbeat(Heartbeat()), now: now)
            }
            pauses.append(beats)
            _ = session.answeredSnapshot(Snapshot(header: header, entries: []))
            _ = session.received(.refusal(revision: Revision(9), reason: .massRemoval), now: now)
        }
        #expect(pauses == [0, 1, 2, 4, 8, 8, 8, 8])
    }

    @Test func `a node whose digest is wrong at every heartbeat gets ever fewer snapshots`() {
        var session = Self.live(agentAt: 2)
        let header = SnapshotHeader(revision: Revision(9), peerCount: 0, digest: .empty, allowMassRemoval: false)
        var lie = Heartbeat()
        lie.appliedRevision = Revision(9)
        lie.tableDigest = Fixtures.digest(of: [7])
        var snapshots = 0
        for beat in 0..<120 {
            let now = Self.start + Self.interval * beat
            if case .snapshot? = session.demand() {
                snapshots += 1
                _ = session.answeredSnapshot(Snapshot(header: header, entries: []))
                let taken = Acknowledgement(revision: Revision(9), tableDigest: .empty, refusedPeers: [])
                _ = session.received(.acknowledgement(taken), now: now)
                _ = session.demand()
                _ = session.answered(.upToDate)
            }
            _ = session.received(.heartbeat(lie), now: now)
        }
        #expect(snapshots < 20)
    }

    @Test func `a stranger's frame is refused by its announced length`() throws {
        var decoder = FrameDecoder(payloadLimit: FrameDecoder.strangerPayloadByteCountMax)
        decoder.append([0, 0, 0x40, 0x01])
        #expect(throws: FrameDecoder.Malformed.tooLarge(16_385)) { try decoder.next() }
        var trusted = FrameDecoder()
        trusted.append([0, 0, 0x40, 0x01])
        #expect(try trusted.next() == nil)
    }
}
