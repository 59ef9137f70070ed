import Cryptography
import LinkProtocol
import Model
import Reconciliation

/// A node's agent and kernel, without I/O: the real session and the real rules over a table in memory.
struct SimulatedAgent {
    struct Entry: Hashable {
        var isLingering: Bool
        /// The revision that brought or marked it.
        var revision: Revision
    }

    private enum Work {
        case delta(Delta, contentHash: [UInt8])
        case snapshot(Snapshot)
    }

    let id: NodeID
    let wireguardKey: PublicKey
    /// On disk.
    private(set) var table: [PublicKey: Entry] = [:]
    private(set) var version = TableVersion(revision: .zero, contentHash: nil)
    private(set) var digest = TableDigest.empty
    /// Keys that its kernel will not take.
    var refuses: Set<PublicKey> = []
    /// Why it cannot do its work. While it has lost its table, it refuses every change.
    var conditions: [NodeCondition] = []
    /// How long a change takes to be stored and programmed.
    var applyDelay: Duration = .milliseconds(20)

    private(set) var session: AgentSession?
    private var watch = LingerWatch(silenceLimit: .seconds(180))
    private var work: [(due: Duration, what: Work)] = []
    private var beatsAt: Duration = .zero
    private var interval: Duration = .seconds(5)
    private var looksAt: Duration = .zero

    init(id: NodeID, wireguardKey: PublicKey) {
        self.id = id
        self.wireguardKey = wireguardKey
    }

    var lingeringCount: Int { table.values.count(where: \.isLingering) }

    /// The link is up: the first words.
    mutating func connected(at now: Duration) -> AgentMessage {
        session = AgentSession(table: version)
        beatsAt = now
        return .hello(
            Hello(
                wireVersion: WireVersion.current,
                agentVersion: "1.0.0",
                bootID: [UInt8](repeating: 1, count: 16),
                appliedRevision: version.revision,
                tableDigest: digest,
                wireguardPublicKey: wireguardKey,
                endpoint: nil,
                listenPort: 51820
            )
        )
    }

    /// What was accepted and not yet stored hangs in the air, as in the agent's own memory: it is stored all the same.
    mutating func disconnected() {
        session = nil
    }

    /// `kill -9`: what was not stored is gone.
    mutating func crash() {
        session = nil
        work = []
        watch = LingerWatch(silenceLimit: .seconds(180))
    }

    /// A new disk.
    mutating func loseDisk() {
        crash()
        table = [:]
        version = TableVersion(revision: .zero, contentHash: nil)
        digest = .empty
    }

    /// - Returns: what to send; nil when the link is to be closed.
    mutating func received(_ message: CoordinatorMessage, at now: Duration) -> [AgentMessage]? {
        var contentHash: [UInt8]?
        if case .delta(let delta) = message { contentHash = BLAKE2b.hash(delta.canonicalBytes) }
        guard let actions = session?.received(message, contentHash: contentHash) else { return nil }
        return perform(actions, at: now)
    }

    private mutating func perform(_ actions: [AgentSession.Action], at now: Duration) -> [AgentMessage]? {
        var messages: [AgentMessage] = []
        for action in actions {
            switch action {
            case .send(let message): messages.append(message)
            case .adopt(let welcome): interval = welcome.heartbeatInterval
            case .store(let delta, let hash): enqueue(.delta(delta, contentHash: hash), at: now)
            case .storeSnapshot(let snapshot): enqueue(.snapshot(snapshot), at: now)
            case .pace(let heartbeatInterval, _, _): interval = heartbeatInterval
            case .installCertificate: break
            case .close:
                session = nil
                return nil
            }
        }
        return messages
    }

    private mutating func enqueue(_ what: Work, at now: Duration) {
        work.append((max(now + applyDelay, work.last?.due ?? .zero), what))
    }

    /// What time brings: stored changes, heartbeats, and letting go.
    mutating func tick(_ now: Duration, wall: Timestamp, handshakes: (PublicKey) -> Timestamp?) -> [AgentMessage]? {
        var messages: [AgentMessage] = []
        while let next = work.first, next.due <= now {
            work.removeFirst()
            guard let said = perform(apply(next.what), at: now) else { return nil }
            messages += said
        }
        if looksAt <= now {
            looksAt = now + .seconds(30)
            letGo(now, handshakes: handshakes)
        }
        if session?.state == .live, beatsAt <= now {
            beatsAt = now + interval
            messages.append(.heartbeat(heartbeat(wall)))
        }
        return messages
    }

    private func heartbeat(_ wall: Timestamp) -> Heartbeat {
        var beat = Heartbeat()
        beat.appliedRevision = version.revision
        beat.tableDigest = digest
        beat.peersInTable = UInt32(table.count)
        beat.peersInKernel = UInt32(table.count)
        beat.peersLingering = UInt32(lingeringCount)
        beat.conditions = conditions
        beat.sentAt = wall
        return beat
    }

    private mutating func letGo(_ now: Duration, handshakes: (PublicKey) -> Timestamp?) {
        let lingering = table.filter(\.value.isLingering).mapValues(\.revision)
        var known: [PublicKey: Timestamp] = [:]
        for key in lingering.keys { known[key] = handshakes(key) }
        for key in watch.observe(lingering, handshakes: known, at: now) { table[key] = nil }
    }

    private mutating func apply(_ what: Work) -> [AgentSession.Action] {
        if conditions.contains(where: { $0.kind == .peerTable }) { return refuse(what) }
        switch what {
        case .delta(let delta, let hash):
            switch DeltaRule.judge(delta, contentHash: hash, against: version) {
            case .alreadyApplied: break
            case .refuse(let reason):
                return session?.storeFailed(delta.revision, reason, table: version) ?? []
            case .apply:
                for key in delta.removals { set(key, nil) }
                for entry in delta.upserts { set(entry.publicKey, entry, delta.revision) }
                version = TableVersion(revision: delta.revision, contentHash: hash)
            }
            return acknowledge(delta.upserts.map(\.publicKey))
        case .snapshot(let snapshot):
            let wanted = Set(snapshot.entries.map(\.publicKey))
            let surplus = table.keys.filter { !wanted.contains($0) }
            guard snapshot.header.revision >= version.revision,
                MassRemovalRule.allows(
                    removing: surplus.count,
                    of: table.count,
                    explicitly: snapshot.header.allowMassRemoval
                )
            else { return session?.storeFailed(snapshot.header.revision, .massRemoval, table: version) ?? [] }
            for key in surplus { set(key, nil) }
            for entry in snapshot.entries { set(entry.publicKey, entry, snapshot.header.revision) }
            version = TableVersion(revision: snapshot.header.revision, contentHash: nil)
            return acknowledge(Array(table.keys))
        }
    }

    private mutating func refuse(_ what: Work) -> [AgentSession.Action] {
        let revision =
            switch what {
            case .delta(let delta, _): delta.revision
            case .snapshot(let snapshot): snapshot.header.revision
            }
        return session?.storeFailed(revision, .tableUnavailable, table: version) ?? []
    }

    private mutating func acknowledge(_ keys: [PublicKey]) -> [AgentSession.Action] {
        let refused = keys.filter { refuses.contains($0) && table[$0] != nil }
        return session?.stored(
            Acknowledgement(
                revision: version.revision,
                tableDigest: digest,
                refusedPeers: refused.map { RefusedPeer(publicKey: $0, reason: "no memory") }
            )
        ) ?? []
    }

    private mutating func set(_ key: PublicKey, _ entry: PeerEntry?, _ revision: Revision = .zero) {
        let hash = PeerEntry(publicKey: key, allowedIPs: []).entryHash
        if let old = table[key], !old.isLingering { digest.remove(entryHash: hash) }
        guard let entry else {
            table[key] = nil
            return
        }
        if !entry.isLingering { digest.insert(entryHash: hash) }
        if table[key]?.isLingering == entry.isLingering { return }
        table[key] = Entry(isLingering: entry.isLingering, revision: revision)
    }
}
