import CoordinatorLink
import DaemonRuntime
import HostTelemetry
import LinkProtocol
import Logging
import Model
import PeerTable
import WireGuardDevice

extension Agent where Device: ~Copyable {
    /// Lets the link do its turn, and carries out what came of it: a run of deltas in one commit.
    func followLink() throws(Failure) {
        let events = link.turn(at: .now(), table: table.version) { hello() }
        var burst: [(delta: Delta, contentHash: [UInt8])] = []
        for event in events {
            if case .store(let delta, let contentHash) = event {
                burst.append((delta, contentHash))
                continue
            }
            try store(&burst)
            try carryOut(event)
        }
        try store(&burst)
    }

    private func carryOut(_ event: CoordinatorLink.Event) throws(Failure) {
        switch event {
        case .store: break
        case .storeSnapshot(let snapshot):
            try commit([snapshot.header.revision]) { () throws(ChangeFailure) in try table.replace(with: snapshot) }
        case .adopt(let welcome):
            adopt(welcome)
            noteDesiredVersion(welcome.desiredVersion)
        case .desiredVersion(let desired): noteDesiredVersion(desired)
        case .heartbeatDue: link.send(heartbeat(), at: .now())
        case .renewed(let expires): logger.notice("the certificate was renewed", metadata: ["expires": "\(expires)"])
        case .renewalFailed(let reason):
            logger.error("the certificate could not be renewed", metadata: ["reason": "\(reason)"])
        case .down(let failure, let delay):
            linkLogger.log(
                .notice,
                "no link to the coordinator; the tunnels go on",
                of: "\(failure)",
                ["retry_in_ms": "\((delay ?? .zero).milliseconds)"]
            )
        }
    }

    private func store(_ burst: inout [(delta: Delta, contentHash: [UInt8])]) throws(Failure) {
        guard !burst.isEmpty else { return }
        let deltas = burst
        burst = []
        try commit(deltas.map(\.delta.revision)) { () throws(ChangeFailure) in try table.apply(deltas) }
    }

    /// Durable first, then the kernel, then the acknowledgement.
    ///
    /// - Parameter revisions: each is refused when the commit fails: the coordinator waits for a word on every one.
    private func commit(
        _ revisions: [Revision],
        _ change: () throws(ChangeFailure) -> TableChange
    ) throws(Failure) {
        let committed: TableChange
        do throws(ChangeFailure) {
            committed = try change()
        } catch {
            return try commitFailed(revisions, error)
        }
        if tableTrouble != nil { logger.notice("the peer table can be written again") }
        tableTrouble = nil
        try program(committed)
    }

    private func commitFailed(_ revisions: [Revision], _ failure: ChangeFailure) throws(Failure) {
        switch failure {
        case .refused(let refused, let reason):
            logger.error("refused a change", metadata: ["revision": "\(refused)", "reason": "\(reason)"])
            link.storeFailed(refused, reason, table: table.version)
        case .table(let error):
            if error != tableTrouble { logger.error("a change could not be stored", metadata: ["reason": "\(error)"]) }
            tableTrouble = error
            for revision in revisions { link.storeFailed(revision, .tableUnavailable, table: table.version) }
            try endWhereDiskIsWritable()
            // A damaged table can only be mended by a person, and must not be programmed from.
            if !error.isPassing { throw Failure(error) }
        }
    }

    private func adopt(_ welcome: Welcome) {
        logger.info(
            "linked to the coordinator",
            metadata: ["coordinator": "\(link.status.coordinator.map(\.description) ?? "")"]
        )
        guard welcome.network != table.network else { return }
        do throws(TableError) {
            try table.setNetwork(welcome.network)
        } catch {
            // The interface stays as it is; the coordinator tells the network again at the next link.
            tableTrouble = error
            return logger.error("the tunnel network could not be stored", metadata: ["reason": "\(error)"])
        }
        keeper.network = welcome.network
        schedule.interfaceChanged(at: MonotonicClock.now())
    }

    private func hello() -> Hello {
        Hello(
            wireVersion: WireVersion.current,
            agentVersion: Version.current,
            bootID: bootID,
            appliedRevision: table.version.revision,
            tableDigest: table.digest,
            wireguardPublicKey: publicKey,
            endpoint: configuration.endpoint,
            listenPort: configuration.listenPort
        )
    }

    private func heartbeat() -> Heartbeat {
        var heartbeat = Heartbeat()
        heartbeat.appliedRevision = table.version.revision
        heartbeat.tableDigest = table.digest
        heartbeat.peersInTable = UInt32(clamping: table.count)
        heartbeat.peersLingering = UInt32(clamping: table.lingering.count)
        heartbeat.conditions = conditions
        heartbeat.ipv6Unavailable = ipv6Unavailable
        heartbeat.driftRepaired = keeper.counters.driftRepaired
        if let statistics = try? keeper.statistics(now: SystemClock.now()) {
            heartbeat.peersInKernel = UInt32(clamping: statistics.peers)
            heartbeat.peersRecentlyActive = UInt32(clamping: statistics.peersWithRecentHandshake)
            heartbeat.receivedBytes = statistics.receivedBytes
            heartbeat.sentBytes = statistics.sentBytes
            heartbeat.receivedPackets = statistics.receivedPackets
            heartbeat.sentPackets = statistics.sentPackets
        }
        telemetry.sample(into: &heartbeat)
        heartbeat.sentAt = SystemClock.now()
        return heartbeat
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
    /// Rounded down: what expired an hour ago has -1 left.
    var wholeDays: Int64 { Int64((inSeconds / 86_400).rounded(.down)) }
    var inSeconds: Double { Double(microseconds) / 1_000_000 }
    var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
