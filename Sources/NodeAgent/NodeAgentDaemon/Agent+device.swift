import CGlibc
import CoordinatorLink
import DaemonRuntime
import LinkProtocol
import Logging
import Model
import PeerTable
import WireGuardDevice

extension Agent where Device: ~Copyable {
    /// Compares the kernel with the table, and says READY the first time that they agree.
    func reconcile() throws(Failure) {
        let start = MonotonicClock.now()
        let desired: [PeerEntry]
        do throws(TableError) {
            desired = try table.allEntries()
        } catch {
            return try readFailed(error)
        }
        readTrouble = nil
        do throws(DeviceError) {
            let repaired = try keeper.reconcile(
                desired,
                lingering: Set(table.lingering.keys),
                mayRemove: table.version.revision > .zero
            )
            if repaired > 0 {
                logger.warning("repaired drift between the kernel and the table", metadata: ["peers": "\(repaired)"])
            }
        } catch {
            return try deviceFailed(error)
        }
        noteDevice(trouble: keeper.trouble)
        let end = MonotonicClock.now()
        reconciliations.count += 1
        reconciliations.last = end - start
        schedule.succeeded(at: end)
        if owesAcknowledgement { acknowledge(refused: keeper.refused) }
        if !isReady { becomeReady() }
        try letGoOfTheSilent(at: end)
        // Both sides were in memory for the comparison, which is seldom: what is free goes back to the system. Last,
        // since neither acknowledgement nor readiness has to wait for it.
        malloc_trim(0)
    }

    /// Programs what a commit changed; the acknowledgement waits when the kernel fails as a whole.
    func program(_ change: TableChange) throws(Failure) {
        do throws(DeviceError) {
            let refused = try keeper.program(change)
            for peer in refused {
                logger.warning("the kernel refused a peer", metadata: ["reason": "\(peer.reason)"])
            }
            if owesAcknowledgement { return }
            link.stored(acknowledgement(refused))
        } catch {
            owesAcknowledgement = true
            try deviceFailed(error)
        }
    }

    private func becomeReady() {
        isReady = true
        // The first look around the tunnel comes at once.
        guardDue = .zero
        notifier.ready(status: "\(keeper.peersInKernel) peers on \(configuration.interface)")
        logger.info(
            "the tunnels are up as the table says",
            metadata: [
                "interface": "\(configuration.interface)", "peers": "\(keeper.peersInKernel)",
                "set": "\(keeper.counters.peersSet)", "removed": "\(keeper.counters.peersRemoved)",
            ]
        )
    }

    private func acknowledge(refused: [PublicKey: String]) {
        owesAcknowledgement = false
        let peers = refused.sorted { $0.key < $1.key }.prefix(Self.refusedPeersMax)
        link.stored(acknowledgement(peers.map { RefusedPeer(publicKey: $0.key, reason: $0.value) }))
    }

    private func acknowledgement(_ refused: [RefusedPeer]) -> Acknowledgement {
        Acknowledgement(
            revision: table.version.revision,
            tableDigest: table.digest,
            // More than fit a frame need not be told: the operator has one cause to look for, not thousands.
            refusedPeers: Array(refused.prefix(Self.refusedPeersMax))
        )
    }

    private static var refusedPeersMax: Int { 1000 }

    /// A disk that fails for a while leaves the kernel as it is: it had what the table said.
    private func readFailed(_ error: TableError) throws(Failure) {
        guard error.isPassing else { throw Failure(error) }
        if error != readTrouble { logger.error("the peer table cannot be read", metadata: ["reason": "\(error)"]) }
        readTrouble = error
        schedule.failed(at: MonotonicClock.now(), random: Double.random(in: 0..<1))
    }

    func noteDevice(trouble: DeviceError?) {
        if let trouble, trouble != deviceTrouble {
            logger.error("the interface is not as it should be", metadata: ["reason": "\(sentence(trouble))"])
        } else if trouble == nil, deviceTrouble != nil {
            logger.notice("the interface is well again")
        }
        deviceTrouble = trouble
    }

    func deviceFailed(_ error: DeviceError) throws(Failure) {
        noteDevice(trouble: error)
        if error.isFinal, !isReady { throw Failure(error, configuration) }
        schedule.failed(at: MonotonicClock.now(), random: Double.random(in: 0..<1))
    }

    func sentence(_ error: DeviceError) -> String { error.sentence(interface: configuration.interface) }
}
