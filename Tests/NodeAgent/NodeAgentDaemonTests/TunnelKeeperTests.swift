import DaemonRuntime
import LinkProtocol
import Model
import PeerTable
import Reconciliation
import Testing
import WireGuardDevice

@testable import NodeAgentDaemon

struct TunnelKeeperTests {
    private let kernel = SimulatedKernel()

    private func keeper() throws -> TunnelKeeper<SimulatedDevice> {
        let record = NodeRecord(
            nodeID: NodeID(high: 1, low: 2),
            name: "exit1",
            region: RegionName("fra1")!,
            coordinators: [HostPort("c.example.net:7443")!],
            endpoint: nil,
            listenPort: 51_820,
            interface: "holdfast0",
            network: TunnelNetwork(interfaceAddresses: [IPPrefix("10.64.0.1/10")!], mtu: 1420),
            tokenHash: [1]
        )
        let settings = try Settings.load(AgentSettings.catalogue, file: nil, environment: [:], overrides: [])
        return TunnelKeeper(
            SimulatedDevice(kernel),
            try AgentConfiguration(settings, record),
            privateKey: Secret([UInt8](repeating: 1, count: 32)),
            network: record.network
        )
    }

    private func peer(_ number: UInt8) -> PeerEntry {
        PeerEntry(
            publicKey: PublicKey(uncheckedBytes: [UInt8](repeating: number, count: 32))!,
            allowedIPs: [IPPrefix(host: .v4(IPv4Address(0x0a40_0000 + UInt32(number))))]
        )
    }

    private func change(set: [PeerEntry] = [], remove: [PeerEntry] = [], known: [PeerEntry] = []) -> TableChange {
        var change = TableChange()
        change.upserts = set
        change.removals = remove.map(\.publicKey)
        change.previous = Dictionary(uniqueKeysWithValues: known.map { ($0.publicKey, $0) })
        return change
    }

    /// A customer who posts the node's own key makes such a peer.
    @Test func `a refused peer that comes, stays and goes is never counted as one in the kernel`() throws {
        let keeper = try keeper()
        try keeper.reconcile([peer(1)], mayRemove: true)
        #expect(keeper.peersInKernel == 1)
        kernel.refuse(peer(2).publicKey)
        #expect(try keeper.program(change(set: [peer(2)])).count == 1)
        #expect(keeper.peersInKernel == 1)
        try keeper.reconcile([peer(1), peer(2)], mayRemove: true)
        #expect(keeper.peersInKernel == 1)
        _ = try keeper.program(change(remove: [peer(2)], known: [peer(2)]))
        #expect(keeper.peersInKernel == 1)
        _ = try keeper.program(change(remove: [peer(1)], known: [peer(1)]))
        #expect(keeper.peersInKernel == 0)
    }

    @Test func `an interface that is gone has no peers, and none is told`() throws {
        let keeper = try keeper()
        try keeper.reconcile([peer(1), peer(2)], mayRemove: true)
        kernel.deleteInterface()
        #expect(try keeper.tend())
        #expect(keeper.peersInKernel == 0 && !keeper.isInStep)
        #expect(keeper.counters.interfacesRecreated == 1)
        try keeper.reconcile([peer(1), peer(2)], mayRemove: true)
        #expect(keeper.peersInKernel == 2 && keeper.isInStep)
    }
}
