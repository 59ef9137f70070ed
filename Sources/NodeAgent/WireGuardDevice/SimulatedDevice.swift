import Model
import Netlink
import Reconciliation

/// An interface of a ``SimulatedKernel``. It packs, halves and counts messages as ``KernelDevice`` does; traffic
/// does not exist, and handshakes only where they are said to have been.
public struct SimulatedDevice: TunnelDevice {
    private let kernel: SimulatedKernel

    public init(_ kernel: SimulatedKernel) {
        self.kernel = kernel
    }

    public mutating func prepare(_ configuration: DeviceConfiguration) throws(DeviceError) -> Bool {
        kernel.withState { state in
            let isNew = !state.exists
            if isNew { state.events.append(.changed) }
            state.exists = true
            return isNew
        }
    }

    public var trouble: DeviceError? { nil }
    public var repairs: [InterfaceRepair] { [] }
    public var lacksIPv6: Bool { false }
    public var interfaceIndex: UInt32? { nil }
    public var publicKey: PublicKey? { nil }

    public mutating func readPeers(handshakesOf keys: Set<PublicKey>) throws(DeviceError) -> PeerReading {
        try requireInterface()
        return PeerReading(
            peers: kernel.peers(),
            handshakes: kernel.withState { $0.handshakes.filter { keys.contains($0.key) } }
        )
    }

    public mutating func apply(_ plan: Plan) throws(DeviceError) -> ApplyReport {
        try requireInterface()
        let packing = PeerMessages(family: 0, interfaceIndex: 0)
        let changes = plan.changes
        var report = ApplyReport()
        do throws(NetlinkError) {
            for batch in packing.batches(of: changes) {
                try BatchDelivery.deliver(changes[batch], report: &report) { batch throws(NetlinkError) in
                    guard accepts(batch) else { throw .refused(errno: Self.invalidArgument, text: "simulated") }
                    return batch.count == 1
                        ? PeerFragment.fragments(of: batch[batch.startIndex], budget: packing.budget).count : 1
                }
            }
        } catch {
            throw DeviceError(error)
        }
        return report
    }

    /// `EINVAL`.
    private static let invalidArgument: Int32 = 22

    /// Carries changes out up to the first refused one, as the kernel does.
    private func accepts(_ batch: ArraySlice<Change>) -> Bool {
        kernel.withState { state in
            for change in batch {
                if case .set = change, state.refused.contains(change.publicKey) { return false }
                state.carryOut(change)
            }
            return true
        }
    }

    public mutating func statistics(now: Timestamp) throws(DeviceError) -> DeviceStatistics {
        try requireInterface()
        var statistics = DeviceStatistics()
        statistics.peers = kernel.withState { $0.peers.count }
        return statistics
    }

    /// Nothing to poll: look with ``drainEvents()``.
    public var eventDescriptor: Int32? { nil }

    public mutating func drainEvents() -> [LinkEvent] {
        kernel.withState { state in
            defer { state.events = [] }
            return state.events
        }
    }

    private func requireInterface() throws(DeviceError) {
        guard kernel.withState(\.exists) else { throw .interfaceMissing }
    }
}
