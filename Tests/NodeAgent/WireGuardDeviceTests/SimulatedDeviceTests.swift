import Model
import Netlink
import Reconciliation
import Testing

@testable import WireGuardDevice

struct SimulatedDeviceTests {
    private let kernel = SimulatedKernel()

    private func peer(_ number: Int) -> PeerEntry {
        var bytes = [UInt8](repeating: 3, count: 32)
        bytes[0] = UInt8(number & 0xff)
        bytes[1] = UInt8(number >> 8)
        let address = IPPrefix(host: .v4(IPv4Address(0x0a00_0000 + UInt32(number))))
        return PeerEntry(publicKey: PublicKey(uncheckedBytes: bytes)!, allowedIPs: [address])
    }

    private func prepared() throws -> SimulatedDevice {
        var device = SimulatedDevice(kernel)
        let configuration = DeviceConfiguration(
            name: InterfaceName("wg0")!,
            privateKey: Secret([UInt8](repeating: 1, count: 32)),
            listenPort: 51820,
            network: TunnelNetwork(interfaceAddresses: [], mtu: 1420)
        )!
        _ = try device.prepare(configuration)
        return device
    }

    @Test func `refused peers are found among many, and the others are set`() throws {
        var device = try prepared()
        let desired = (0..<2_000).map(peer)
        let refused = [0, 777, 778, 1_999].map { peer($0).publicKey }
        refused.forEach(kernel.refuse)
        let report = try device.apply(Plan.reconciling(desired: desired, actual: []))
        #expect(Set(report.refusals.map(\.publicKey)) == Set(refused))
        #expect(report.refusals.count == 4 && report.peersSet == 1_996)
        #expect(report.messagesSent < 120)
        kernel.accept(refused[0])
        let plan = Plan.reconciling(desired: desired, actual: try device.readPeers())
        #expect(plan.drift == Drift(missing: 4))
    }

    @Test func `an address claimed by a second peer leaves the first without a word`() throws {
        var device = try prepared()
        _ = try device.apply(Plan.reconciling(desired: [peer(1), peer(2)], actual: []))
        let thief = PeerEntry(publicKey: peer(2).publicKey, allowedIPs: peer(1).allowedIPs + peer(2).allowedIPs)
        kernel.change(.set(PeerSetting(thief, replacesAllowedIPs: true)))
        let robbed = InstalledPeer(PeerEntry(publicKey: peer(1).publicKey, allowedIPs: []))
        #expect(try Set(device.readPeers()) == [robbed, InstalledPeer(thief)])
        _ = try device.apply(Plan.reconciling(desired: [peer(1), peer(2)], actual: try device.readPeers()))
        #expect(try Set(device.readPeers()) == [InstalledPeer(peer(1)), InstalledPeer(peer(2))])
    }

    @Test func `a deleted interface is noticed and has to be prepared again`() throws {
        var device = try prepared()
        _ = try device.apply(Plan.reconciling(desired: [peer(1)], actual: []))
        _ = device.drainEvents()
        kernel.deleteInterface()
        #expect(device.drainEvents() == [.removed])
        #expect(throws: DeviceError.interfaceMissing) { _ = try device.readPeers() }
        device = try prepared()
        #expect(try device.readPeers().isEmpty)
    }
}
