import Cryptography
import LinkProtocol
import Model
import SeededRandom
import Testing

/// Both ends of the link, a node's table and a coordinator's database, and between them a stream that is cut anywhere.
private struct World {
    // The coordinator's database.
    var latest: UInt64 = 0
    var changedAt: [UInt8: UInt64] = [:]
    var present: Set<UInt8> = []
    var lingering: Set<UInt8> = []
    var applied = Revision.zero
    var appliedDigest = TableDigest.empty
    // The node's disk.
    var table: [PublicKey: PeerEntry] = [:]
    var version = TableVersion(revision: .zero, contentHash: nil)
    var snapshotsStored = 0
    // The link, while there is one.
    var agent = AgentSession(table: TableVersion(revision: .zero, contentHash: nil))
    var coordinator = World.session()
    var upward: [AgentMessage] = []
    var downward: [CoordinatorMessage] = []

    static func session() -> CoordinatorSession {
        CoordinatorSession(renewalOnly: false, heartbeatInterval: .seconds(15), helloLimit: .seconds(10), now: .now)
    }

    var digest: TableDigest { Fixtures.digest(of: table.values) }

    mutating func connect() {
        agent = AgentSession(table: version)
        coordinator = Self.session()
        upward = [.hello(Fixtures.hello(revision: version.revision.number, digest: digest))]
        downward = []
    }

    mutating func change(_ peer: UInt8) {
        latest += 1
        present.formSymmetricDifference([peer])
        lingering.remove(peer)
        changedAt[peer] = latest
        coordinator.changed()
    }

    /// A peer that is there moves away.
    mutating func linger(_ peer: UInt8) {
        guard present.remove(peer) != nil else { return }
        latest += 1
        lingering.insert(peer)
        changedAt[peer] = latest
        coordinator.changed()
    }

    /// The node finds that a peer which moved away is silent.
    mutating func letGo() {
        if let key = table.values.first(where: \.isLingering)?.publicKey { table[key] = nil }
    }

    private func entry(_ peer: UInt8) -> PeerEntry { Fixtures.peer(peer, isLingering: lingering.contains(peer)) }

    /// One thing happens, if there is any; which one, `choice` says.
    mutating func step(_ choice: Int) -> Bool {
        let possible: [(inout World) -> Bool] = [
            { $0.deliverUpward() }, { $0.deliverDownward() }, { $0.answerDemand() },
        ]
        for offset in 0..<3 where possible[(choice + offset) % 3](&self) { return true }
        return false
    }

    private mutating func deliverUpward() -> Bool {
        guard !upward.isEmpty else { return false }
        perform(coordinator.received(upward.removeFirst(), now: .now))
        return true
    }

    private mutating func deliverDownward() -> Bool {
        guard !downward.isEmpty else { return false }
        let message = downward.removeFirst()
        var hash: [UInt8]?
        if case .delta(let delta) = message { hash = BLAKE2b.hash(delta.canonicalBytes) }
        for action in agent.received(message, contentHash: hash) { perform(action) }
        return true
    }

    private mutating func answerDemand() -> Bool {
        switch coordinator.demand() {
        case nil:
            return false
        case .changes(let after):
            perform(coordinator.answered(changes(after: after.number)))
        case .snapshot(let above):
            if let above { latest = max(latest, above.number) + 1 }
            let entries = present.union(lingering).sorted().map { entry($0) }
            let header = SnapshotHeader(
                revision: Revision(latest),
                peerCount: entries.count,
                digest: Fixtures.digest(of: entries),
                allowMassRemoval: true
            )
            perform(coordinator.answeredSnapshot(Snapshot(header: header, entries: entries)))
        }
        return true
    }

    /// Two changes for each delta at most, so that there are several.
    private func changes(after revision: UInt64) -> ChangeSet {
        guard latest > revision else { return .upToDate }
        let all = changedAt.filter { $0.value > revision }.sorted { $0.value < $1.value }
        let some = all.prefix(2)
        let known = present.union(lingering)
        let hasMore = some.count < all.count
        let delta = Delta(
            base: Revision(revision),
            revision: Revision(hasMore ? some.last?.value ?? latest : latest),
            upserts: some.filter { known.contains($0.key) }.map { entry($0.key) },
            removals: some.filter { !known.contains($0.key) }.map { Fixtures.peer($0.key).publicKey }
        )
        return .delta(delta, nil, hasMore: hasMore)
    }

    private mutating func perform(_ actions: [CoordinatorSession.Action]) {
        for action in actions {
            switch action {
            case .send(let message):
                downward.append(message)
            case .open:
                let node = LinkedNode(
                    revision: Revision(latest),
                    appliedRevision: applied,
                    appliedDigest: appliedDigest
                )
                perform(coordinator.opened(node))
            case .welcome:
                let network = TunnelNetwork(interfaceAddresses: [], mtu: 1420)
                downward.append(
                    .welcome(
                        Welcome(
                            wireVersion: 1,
                            serverTime: Timestamp(seconds: 0),
                            heartbeatInterval: .seconds(15),
                            network: network,
                            renewalOnly: false
                        )
                    )
                )
                coordinator.welcomed()
            case .recordAcknowledgement(let value, _):
                applied = value.revision
                appliedDigest = value.tableDigest
            case .close(let reason):
                Issue.record("the coordinator closed the link: \(reason)")
            case .answerHeartbeat, .renew, .recordRefusal:
                Issue.record("unexpected: \(action)")
            }
        }
    }

    private mutating func perform(_ action: AgentSession.Action) {
        switch action {
        case .send(let message):
            upward.append(message)
        case .store(let delta, let contentHash):
            for key in delta.removals { table[key] = nil }
            for entry in delta.upserts { table[entry.publicKey] = entry }
            stored(TableVersion(revision: delta.revision, contentHash: contentHash))
        case .storeSnapshot(let snapshot):
            table = Dictionary(uniqueKeysWithValues: snapshot.entries.map { ($0.publicKey, $0) })
            snapshotsStored += 1
            stored(TableVersion(revision: snapshot.header.revision, contentHash: nil))
        case .close(let reason, _):
            Issue.record("the agent closed the link: \(reason)")
        case .adopt, .installCertificate, .pace:
            break
        }
    }

    private mutating func stored(_ version: TableVersion) {
        self.version = version
        let acknowledgement = Acknowledgement(
            revision: version.revision,
            tableDigest: digest,
            refusedPeers: []
        )
        for action in agent.stored(acknowledgement) { perform(action) }
    }
}

@Suite struct TwoSidedTests {
    @Test(arguments: UInt64(1)...200)
    func `a node has its peers whatever is cut, and however often`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var world = World()
        world.connect()
        for _ in 0..<400 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0: world.connect()
            case 1...4: world.change(UInt8.random(in: 1...30, using: &random))
            case 5: world.linger(UInt8.random(in: 1...30, using: &random))
            case 6: world.letGo()
            default: _ = world.step(Int.random(in: 0..<3, using: &random))
            }
        }
        while world.step(0) {}
        let kept = world.table.values.filter { !$0.isLingering }
        #expect(Set(kept) == Set(world.present.map { Fixtures.peer($0) }))
        let left = world.table.values.filter(\.isLingering)
        #expect(Set(left).isSubset(of: world.lingering.map { Fixtures.peer($0, isLingering: true) }))
        #expect(world.version.revision == Revision(world.latest))
        #expect(world.applied == world.version.revision)
        #expect(world.appliedDigest == world.digest)
    }

    @Test func `a node that lost nothing is never sent a snapshot`() {
        var world = World()
        for _ in 0..<3 {
            world.connect()
            for peer in UInt8(1)...20 { world.change(peer) }
            while world.step(1) {}
            for peer in UInt8(1)...10 { world.linger(peer) }
            while world.step(1) {}
            // Nobody is told that it let go of some.
            for _ in 0..<5 { world.letGo() }
        }
        #expect(world.snapshotsStored == 0)
        #expect(world.applied == Revision(world.latest))
    }

    @Test func `a database from a backup brings the node to its own peers`() {
        var world = World()
        world.connect()
        for peer in UInt8(1)...20 { world.change(peer) }
        while world.step(0) {}
        world.latest = 3
        world.applied = Revision(2)
        world.present = [1, 2, 3]
        world.changedAt = [1: 1, 2: 2, 3: 3]
        world.connect()
        while world.step(0) {}
        #expect(world.table.count == 3)
        #expect(world.version.revision == Revision(21))
    }
}
