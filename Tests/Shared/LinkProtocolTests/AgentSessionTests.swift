import Cryptography
import LinkProtocol
import Model
import Testing

struct AgentSessionTests {
    private static func delta(_ base: UInt64, _ revision: UInt64, _ peers: [UInt8] = [1]) -> Delta {
        Delta(
            base: Revision(base),
            revision: Revision(revision),
            upserts: peers.map { Fixtures.peer($0) },
            removals: []
        )
    }

    private static func hash(_ delta: Delta) -> [UInt8] { BLAKE2b.hash(delta.canonicalBytes) }

    private static func welcome(version: UInt32 = WireVersion.current, renewalOnly: Bool = false) -> Welcome {
        Welcome(
            wireVersion: version,
            serverTime: Timestamp(seconds: 1),
            heartbeatInterval: .seconds(15),
            network: TunnelNetwork(interfaceAddresses: [], mtu: 1420),
            renewalOnly: renewalOnly
        )
    }

    private static func live(at revision: UInt64 = 5, contentHash: [UInt8]? = nil) -> AgentSession {
        var session = AgentSession(table: TableVersion(revision: Revision(revision), contentHash: contentHash))
        #expect(session.received(.welcome(welcome())) == [.adopt(welcome())])
        return session
    }

    private static func isClosing(_ actions: [AgentSession.Action]) -> Bool {
        if case .close? = actions.last { true } else { false }
    }

    @Test func `deltas are accepted ahead of their being stored`() {
        var session = Self.live()
        for revision in UInt64(6)...9 {
            let delta = Self.delta(revision - 1, revision)
            #expect(
                session.received(.delta(delta), contentHash: Self.hash(delta))
                    == [.store(delta, contentHash: Self.hash(delta))]
            )
        }
        #expect(session.accepted.revision == Revision(9))
    }

    @Test(arguments: [
        (7, 8, ChangeRefusal.baseMismatch), (3, 4, .olderRevision), (4, 5, .conflictingContent),
    ])
    func `a delta that does not follow is refused by name`(base: UInt64, revision: UInt64, reason: ChangeRefusal) {
        var session = Self.live(contentHash: [1])
        let delta = Self.delta(base, revision)
        let actions = session.received(.delta(delta), contentHash: Self.hash(delta))
        #expect(actions == [.send(.refusal(revision: Revision(revision), reason: reason))])
        #expect(session.state == .live && session.accepted.revision == Revision(5))
    }

    @Test func `the same revision with the same content is acknowledged again`() {
        let delta = Self.delta(4, 5)
        var session = Self.live(contentHash: Self.hash(delta))
        #expect(
            session.received(.delta(delta), contentHash: Self.hash(delta))
                == [.store(delta, contentHash: Self.hash(delta))]
        )
    }

    @Test func `what comes behind a change that was not stored is refused by its base`() {
        var session = Self.live()
        let lost = Self.delta(5, 6)
        let next = Self.delta(6, 7)
        _ = session.received(.delta(lost), contentHash: Self.hash(lost))
        let table = TableVersion(revision: Revision(5), contentHash: nil)
        #expect(
            session.storeFailed(Revision(6), .tableUnavailable, table: table)
                == [.send(.refusal(revision: Revision(6), reason: .tableUnavailable))]
        )
        #expect(
            session.received(.delta(next), contentHash: Self.hash(next))
                == [.send(.refusal(revision: Revision(7), reason: .baseMismatch))]
        )
        // Sent anew from the table's revision, it is accepted.
        #expect(!session.received(.delta(lost), contentHash: Self.hash(lost)).isEmpty)
        #expect(session.accepted.revision == Revision(6))
    }

    private static func header(_ revision: UInt64, _ count: Int) -> SnapshotHeader {
        SnapshotHeader(revision: Revision(revision), peerCount: count, digest: .empty, allowMassRemoval: false)
    }

    @Test func `a whole snapshot leaves as one`() {
        var session = Self.live()
        let header = Self.header(9, 3)
        #expect(session.received(.snapshotBegin(header)).isEmpty)
        #expect(session.received(.snapshotChunk([Fixtures.peer(1), Fixtures.peer(2)])).isEmpty)
        #expect(session.received(.snapshotChunk([Fixtures.peer(3)])).isEmpty)
        let snapshot = Snapshot(header: header, entries: [1, 2, 3].map { Fixtures.peer($0) })
        #expect(session.received(.snapshotEnd(revision: Revision(9))) == [.storeSnapshot(snapshot)])
        #expect(session.accepted == TableVersion(revision: Revision(9), contentHash: nil))
    }

    @Test func `a snapshot with too few, too many or another revision is refused, and the link ends`() {
        let endings: [[CoordinatorMessage]] = [
            [.snapshotChunk([Fixtures.peer(1)]), .snapshotEnd(revision: Revision(9))],
            [.snapshotChunk([1, 2, 3].map { Fixtures.peer($0) })],
            [.snapshotChunk([1, 2].map { Fixtures.peer($0) }), .snapshotEnd(revision: Revision(8))],
        ]
        for messages in endings {
            var session = Self.live()
            _ = session.received(.snapshotBegin(Self.header(9, 2)))
            var actions: [AgentSession.Action] = []
            for message in messages { actions += session.received(message) }
            #expect(actions.first == .send(.refusal(revision: Revision(9), reason: .incompleteSnapshot)))
            #expect(Self.isClosing(actions))
            #expect(session.state == .closed && session.accepted.revision == Revision(5))
        }
    }

    @Test func `a snapshot of an older revision is refused, and the link ends`() {
        var session = Self.live()
        let actions = session.received(.snapshotBegin(Self.header(4, 0)))
        #expect(actions.first == .send(.refusal(revision: Revision(4), reason: .olderRevision)))
        #expect(Self.isClosing(actions))
    }

    @Test(arguments: [UInt64.max, 1 << 62, 6 + (1 << 40)] as [UInt64])
    func `a revision that no coordinator gets to ends the link, and the table stays where it can go on`(number: UInt64)
    {
        let delta = Self.delta(5, number)
        var session = Self.live()
        #expect(Self.isClosing(session.received(.delta(delta), contentHash: Self.hash(delta))))
        #expect(session.accepted.revision == Revision(5))
        session = Self.live()
        #expect(Self.isClosing(session.received(.snapshotBegin(Self.header(number, 0)))))
        session = Self.live()
        let far = Self.delta(5, 5 + (1 << 40))
        #expect(!Self.isClosing(session.received(.delta(far), contentHash: Self.hash(far))))
    }

    @Test func `what is out of order ends the link`() {
        let delta = Self.delta(5, 6)
        let early: [CoordinatorMessage] = [
            .delta(delta), .heartbeatReply(interval: .seconds(1), serverTime: Timestamp(seconds: 1)),
            .snapshotEnd(revision: Revision(1)),
        ]
        for message in early {
            var session = AgentSession(table: TableVersion(revision: Revision(5), contentHash: nil))
            #expect(Self.isClosing(session.received(message, contentHash: Self.hash(delta))))
        }
        let late: [[CoordinatorMessage]] = [
            [.welcome(Self.welcome())], [.snapshotChunk([])], [.snapshotEnd(revision: Revision(1))],
            [.snapshotBegin(Self.header(9, 1)), .delta(delta)],
            [.snapshotBegin(Self.header(9, 1)), .snapshotBegin(Self.header(9, 1))],
        ]
        for messages in late {
            var session = Self.live()
            var actions: [AgentSession.Action] = []
            for message in messages { actions = session.received(message, contentHash: Self.hash(delta)) }
            #expect(Self.isClosing(actions), "\(messages)")
            #expect(session.received(.delta(delta), contentHash: Self.hash(delta)).isEmpty)
        }
    }

    @Test func `a link for renewal only takes a certificate and nothing else`() {
        let welcome = Self.welcome(renewalOnly: true)
        let issued = IssuedCertificate(certificate: [1], authority: [2])
        var session = AgentSession(table: TableVersion(revision: .zero, contentHash: nil))
        #expect(session.received(.welcome(welcome)) == [.adopt(welcome)])
        var other = session
        #expect(Self.isClosing(other.received(.delta(Self.delta(0, 1)), contentHash: [1])))
        let actions = session.received(.certificate(issued))
        #expect(actions.first == .installCertificate(issued))
        #expect(Self.isClosing(actions))
    }

    @Test func `a coordinator of another wire version is left`() {
        var session = AgentSession(table: TableVersion(revision: .zero, contentHash: nil))
        #expect(Self.isClosing(session.received(.welcome(Self.welcome(version: 0)))))
    }
}
