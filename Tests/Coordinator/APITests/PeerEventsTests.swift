import Model
import Placement

import Testing

@testable import API
@testable import Store

struct PeerEventsTests {
    private let tunnel = TunnelSettings(
        pool: try! AddressPool(ipv4: IPPrefix("10.64.0.0/10")!, ipv6: IPPrefix("fd68:6f6c:6466::/64")!),
        dns: [],
        mtu: 1420
    )

    private func peer(_ number: UInt64, _ state: PeerRecord.State) -> PeerRecord {
        PeerRecord(
            id: PeerID(high: 0, low: number),
            publicKey: PublicKey(uncheckedBytes: [UInt8](repeating: UInt8(number), count: 32))!,
            addressIndex: Int64(number + 2),
            region: RegionName("fra1")!,
            state: state,
            createdAt: Timestamp(seconds: 0),
            isMoving: false,
            placement: nil
        )
    }

    @Test func `only what changed is told, and what is gone`() {
        var events = PeerEvents(tunnel: tunnel)
        let first = events.update(to: [peer(1, .installing), peer(2, .active)])
        #expect(first.split(separator: "\n").count(where: { $0 == "event: peer" }) == 2)
        #expect(events.update(to: [peer(1, .installing), peer(2, .active)]).isEmpty)
        let second = events.update(to: [peer(1, .active)])
        #expect(second.hasPrefix("event: peer\nid: \""))
        #expect(second.contains(#""state":"active""#))
        #expect(second.hasSuffix("event: peer-removed\ndata: {\"id\":\"\(PeerID(high: 0, low: 2))\"}\n\n"))
    }
}
