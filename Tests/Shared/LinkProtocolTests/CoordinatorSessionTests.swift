import Cryptography
import LinkProtocol
import Model
import Testing

/// The coordinator's side of a link, alone.
@Suite struct CoordinatorSessionTests {
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

    /// A session whose agent is at revision 5, as the database knows.
    private static func opened(
        agentAt revision: UInt64 = 5,
        applied: UInt64 = 5,
        latest: UInt64 = 9,
        digest: TableDigest = .empty
    ) -> CoordinatorSession {
        var session = fresh()
        let hello = Fixtures.hello(revision: revision, digest: digest)
        #expect(session.received(.hello(hello), now: start) == [.open(hello)])
        let node = LinkedNode(
            revision: Revision(latest),
            appliedRevision: Revision(applied),
            appliedDigest: .empty
        )
        #expect(session.opened(node) == [.welcome(renewalOnly: false)])
        session.changed()
        #expect(session.demand() == nil, "nothing overtakes the welcome")
        session.welcomed()
        return session
    }

    private static func delta(_ base: UInt64, _ revision: UInt64) -> ChangeSet {
        .delta(
            Delta(base: Revision(base), revision: Revision(revision), upserts: [], removals: []),
            DigestChange(inserted: []),
            hasMore: false
        )
    }

    private static func acknowledgement(_ revision: UInt64, _ digest: TableDigest = .empty) -> AgentMessage {
        .acknowledgement(Acknowledgement(revision: Revision(revision), tableDigest: digest, refusedPeers: []))
    }

    @Test func `an agent at the recorded revision and digest gets a delta from there`() {
        var session = Self.opened()
        #expect(session.demand() == .changes(after: Revision(5)))
        #expect(session.demand() == nil)
    }

    @Test(arguments: [(4, 5, 9), (6, 5, 9), (0, 5, 9)] as [(UInt64, UInt64, UInt64)])
    func `an agent at another revision than the recorded gets a snapshot`(
        agent: UInt64,
        applied: UInt64,
        latest: UInt64
    ) {
        var session = Self.opened(agentAt: agent, applied: applied, latest: latest)
        #expect(session.demand() == .snapshot(above: nil))
    }

    @Test func `an agent with another digest gets a snapshot`() {
        var session = Self.opened(digest: Fixtures.digest(of: [1]))
        #expect(session.demand() == .snapshot(above: nil))
    }

    @Test func `an agent that is ahead of the database makes the revision jump`() {
        var session = Self.opened(agentAt: 12, applied: 5, latest: 9)
        #expect(session.demand() == .snapshot(above: Revision(12)))
    }

    @Test func `an implausible revision is refused`() {
        var session = Self.fresh()
        let actions = session.received(.hello(Fixtures.hello(revision: .max, digest: .empty)), now: Self.start)
        #expect(actions == [.close(reason: "revision 18446744073709551615 cannot be")])
    }

    @Test func `four deltas may be under way, and an acknowledgement makes room`() {
        var session = Self.opened()
        for revision in UInt64(6)...9 {
            #expect(session.demand() == .changes(after: Revision(revision - 1)))
            #expect(session.answered(Self.delta(revision - 1, revision)).count == 1)
            session.changed()
        }
        #expect(session.demand() == nil)
        #expect(session.received(Self.acknowledgement(6), now: Self.start).count == 1)
        #expect(session.demand() == .changes(after: Revision(9)))
    }

    @Test func `one acknowledgement stands for all before it`() {
        var session = Self.opened()
        for revision in UInt64(6)...8 {
            _ = session.demand()
            _ = session.answered(Self.delta(revision - 1, revision))
            session.changed()
        }
        #expect(session.received(Self.acknowledgement(8), now: Self.start).count == 1)
        let older = session.received(Self.acknowledgement(6), now: Self.start)
        #expect(older == [.close(reason: "revision 6 was acknowledged, but not sent")])
    }

    @Test func `an acknowledgement with another digest than expected brings a snapshot`() {
        var session = Self.opened()
        _ = session.demand()
        _ = session.answered(Self.delta(5, 6))
        _ = session.received(Self.acknowledgement(6, Fixtures.digest(of: [7])), now: Self.start)
        #expect(session.demand() == .snapshot(above: nil))
    }

    @Test func `a refused delta is recorded once and brings a snapshot`() {
        var session = Self.opened()
        for revision in UInt64(6)...8 {
            _ = session.demand()
            _ = session.answered(Self.delta(revision - 1, revision))
            session.changed()
        }
        let first = session.received(.refusal(revision: Revision(6), reason: .conflictingContent), now: Self.start)
        #expect(first == [.recordRefusal(revision: Revision(6), reason: .conflictingContent)])
        for behind in UInt64(7)...8 {
            let refusal = AgentMessage.refusal(revision: Revision(behind), reason: .baseMismatch)
            #expect(session.received(refusal, now: Self.start) == [])
        }
        #expect(session.demand() == .snapshot(above: nil))
    }

    @Test func `a refused snapshot is tried again only when the node beats`() {
        var session = Self.opened(agentAt: 2)
        #expect(session.demand() == .snapshot(above: nil))
        let header = SnapshotHeader(
            revision: Revision(9),
            peerCount: 0,
            digest: .empty,
            allowMassRemoval: false
        )
        #expect(session.answeredSnapshot(Snapshot(header: header, entries: [])).count == 2)
        let refusal = AgentMessage.refusal(revision: Revision(9), reason: .massRemoval)
        #expect(session.received(refusal, now: Self.start).count == 1)
        session.changed()
        #expect(session.demand() == nil)
        _ = session.received(.heartbeat(Heartbeat()), now: Self.start)
        #expect(session.demand() == .snapshot(above: nil))
    }

    @Test func `a database that fell behind what the node was sent jumps past it`() {
        var session = Self.opened()
        _ = session.demand()
        _ = session.answered(Self.delta(5, 9))
        session.changed()
        #expect(session.demand() == .changes(after: Revision(9)))
        #expect(session.answered(.isBehind) == [])
        #expect(session.demand() == .snapshot(above: Revision(9)))
    }

    @Test func `a disk that takes neither two deltas nor a snapshot is tried again later and later`() {
        var session = Self.opened()
        for revision in UInt64(6)...7 {
            _ = session.demand()
            _ = session.answered(Self.delta(revision - 1, revision))
            session.changed()
        }
        for revision in UInt64(6)...7 {
            _ = session.received(.refusal(revision: Revision(revision), reason: .tableUnavailable), now: Self.start)
        }
        #expect(session.demand() == nil)
        var now = Self.start
        func beat(_ heartbeat: Heartbeat = Heartbeat()) {
            now += .seconds(60)
            _ = session.received(.heartbeat(heartbeat), now: now)
        }
        for beats in [1, 2, 4, 8, 8] {
            for _ in 1..<beats {
                beat()
                #expect(session.demand() == nil)
            }
            beat()
            #expect(session.demand() == .snapshot(above: nil))
            let header = SnapshotHeader(
                revision: Revision(7),
                peerCount: 0,
                digest: .empty,
                allowMassRemoval: false
            )
            _ = session.answeredSnapshot(Snapshot(header: header, entries: []))
            _ = session.received(.refusal(revision: Revision(7), reason: .tableUnavailable), now: Self.start)
        }
        // The node says that it has its table back: nothing is waited for.
        var heartbeat = Heartbeat()
        heartbeat.conditions = [NodeCondition(.peerTable, "no space")]
        beat(heartbeat)
        #expect(session.demand() == nil)
        beat()
        #expect(session.demand() == .snapshot(above: nil))
    }

    @Test func `an agent's long last words are cut short`() {
        var session = Self.opened()
        let words = String(repeating: "x", count: 1_048_560)
        guard case .close(let reason)? = session.received(.farewell(reason: words), now: Self.start).first else {
            Issue.record("the session did not close")
            return
        }
        #expect(reason.count < 300)
    }

    @Test func `a heartbeat with another digest at the acknowledged revision brings a snapshot`() {
        var session = Self.opened()
        _ = session.demand()
        _ = session.answered(.upToDate)
        var heartbeat = Heartbeat()
        heartbeat.appliedRevision = Revision(5)
        heartbeat.tableDigest = Fixtures.digest(of: [3])
        #expect(session.received(.heartbeat(heartbeat), now: Self.start) == [.answerHeartbeat(heartbeat)])
        #expect(session.demand() == .snapshot(above: nil))
    }

    @Test func `an expired certificate serves for one renewal and nothing else`() {
        var session = Self.fresh(renewalOnly: true)
        let hello = AgentMessage.hello(Fixtures.hello(revision: 5, digest: .empty))
        #expect(session.received(hello, now: Self.start) == [.welcome(renewalOnly: true)])
        session.changed()
        #expect(session.demand() == nil)
        let request = AgentMessage.renewalRequest(certificateRequest: [1])
        #expect(session.received(request, now: Self.start) == [.renew(certificateRequest: [1])])
        #expect(session.received(request, now: Self.start) == [.close(reason: "RenewalRequest is out of order")])
    }

    @Test func `a link for a renewal ends after a minute, however often it is heard`() {
        var session = Self.fresh(renewalOnly: true)
        _ = session.received(.hello(Fixtures.hello(revision: 5, digest: .empty)), now: Self.start)
        let end = Self.start + CoordinatorSession.renewalLimit
        for second in 1...12 {
            _ = session.received(.heartbeat(Heartbeat()), now: Self.start + .seconds(5 * second))
        }
        #expect(session.tick(end) == [])
        #expect(session.tick(end + .seconds(1)) == [.close(reason: "no renewal within a minute")])
    }

    @Test func `a link that is silent for two heartbeats is closed`() {
        var session = Self.opened()
        #expect(session.tick(Self.start + Self.interval * 2) == [])
        #expect(
            session.tick(Self.start + Self.interval * 2 + .milliseconds(1))
                == [.close(reason: "silent for two heartbeats")]
        )
        #expect(session.state == .closed)
    }

    @Test func `an agent that says no Hello is closed`() {
        var session = Self.fresh()
        #expect(session.tick(Self.start + .seconds(11)) == [.close(reason: "no Hello in time")])
    }

    @Test func `a message before Hello is out of order`() {
        var session = Self.fresh()
        let actions = session.received(.heartbeat(Heartbeat()), now: Self.start)
        #expect(actions == [.close(reason: "Heartbeat is out of order")])
        #expect(session.received(.heartbeat(Heartbeat()), now: Self.start) == [])
    }
}
