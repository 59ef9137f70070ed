import Model
import Netlink
import Reconciliation
import Testing

@testable import WireGuardDevice

struct PeerCodecTests {
    private static let key = PublicKey(uncheckedBytes: [UInt8](repeating: 0xab, count: 32))!

    private func hex(_ text: String) -> [UInt8] {
        text.split(separator: "\n").flatMap { line in
            line.prefix { $0 != "/" }.split(separator: " ").map { UInt8($0, radix: 16)! }
        }
    }

    private var keyAttribute: String {
        "24 00 01 00 // WGPEER_A_PUBLIC_KEY of 36 bytes\n" + [String](repeating: "ab", count: 32).joined(separator: " ")
    }

    private func dump(_ messages: [[UInt8]]) throws(MalformedMessage) -> [InstalledPeer] {
        var dump = PeerDump(handshakesOf: [Self.key])
        for message in messages { try dump.add(message.span.bytes) }
        return dump.peers()
    }

    /// One message of a dump with a peer that has these addresses, 10.0.0.x.
    private func message(addresses: [UInt8]) -> [UInt8] {
        let list = addresses.flatMap { last in
            hex(
                """
                1c 00 00 80 // an allowed-ip of 28 bytes
                06 00 01 00 02 00 00 00 // WGALLOWEDIP_A_FAMILY: AF_INET
                08 00 02 00 0a 00 00 \(String(last, radix: 16)) // WGALLOWEDIP_A_IPADDR
                05 00 03 00 20 00 00 00 // WGALLOWEDIP_A_CIDR_MASK: 32
                """
            )
        }
        let peer = hex(keyAttribute) + [UInt8(list.count + 4), 0, 9, 0x80] + list
        let peers = [UInt8(peer.count + 4), 0, 0, 0x80] + peer
        return [0, 1, 0, 0] + [UInt8(peers.count + 4), 0, 8, 0x80] + peers
    }

    private func entry(_ addresses: [UInt8]) -> PeerEntry {
        let prefixes = addresses.map { IPPrefix(host: .v4(IPv4Address(0x0a00_0000 + UInt32($0)))) }
        return PeerEntry(publicKey: Self.key, allowedIPs: prefixes)
    }

    @Test func `a peer that a dump splits is one peer`() throws {
        let peers = try dump([message(addresses: [1, 2]), message(addresses: [3])])
        #expect(peers == [InstalledPeer(entry([1, 2, 3]))])
        var count = HandshakeCount(since: 0)
        try count.add(message(addresses: [1]).span.bytes)
        try count.add(message(addresses: [2]).span.bytes)
        #expect(count.peers == 1)
    }

    /// A dump's message with one peer that has no address, and this last handshake.
    private func message(handshake: String) -> [UInt8] {
        let peer = hex(keyAttribute + "\n14 00 06 00 // WGPEER_A_LAST_HANDSHAKE_TIME of 20 bytes\n" + handshake)
        let peers = [UInt8(peer.count + 4), 0, 0, 0x80] + peer
        return [0, 1, 0, 0] + [UInt8(peers.count + 4), 0, 8, 0x80] + peers
    }

    @Test func `a handshake is read of those peers only that are asked about`() throws {
        let shaken = message(
            handshake: """
                01 02 00 00 00 00 00 00 // tv_sec: 513
                e8 03 00 00 00 00 00 00 // tv_nsec: 1000
                """
        )
        let never = message(handshake: [String](repeating: "00", count: 16).joined(separator: " "))
        for (bytes, watched, expected) in [
            (shaken, Set([Self.key]), [Self.key: Timestamp(microseconds: 513_000_001)]),
            (shaken, [], [:]), (never, [Self.key], [:]),
        ] {
            var dump = PeerDump(handshakesOf: watched)
            try dump.add(bytes.span.bytes)
            #expect(dump.reading() == PeerReading(peers: [InstalledPeer(entry([]))], handshakes: expected))
        }
    }

    @Test func `every truncation of a dump is an error and none a trap`() {
        for whole in [
            message(addresses: [1, 2]), message(handshake: [String](repeating: "07", count: 16).joined(separator: " ")),
        ] {
            isCutAnywhere(whole)
        }
    }

    private func isCutAnywhere(_ whole: [UInt8]) {
        for count in 5..<whole.count {
            #expect(throws: MalformedMessage.self) { try dump([Array(whole.prefix(count))]) }
        }
    }

    @Test func `random damage to a dump never traps`() {
        let handshake = [String](repeating: "ff", count: 16).joined(separator: " ")
        let wholes = [message(addresses: [1, 2, 3]), message(handshake: handshake)]
        for round in 0..<5_000 {
            var bytes = wholes[round % 2]
            for _ in 0..<Int.random(in: 1...4) { bytes[Int.random(in: bytes.indices)] = UInt8.random(in: 0...255) }
            let peers = try? dump([bytes])
            #expect(peers?.count ?? 0 <= bytes.count)
            _ = try? DeviceHead(in: bytes.span.bytes)
            _ = try? LinkMessage(in: bytes.span.bytes)
            _ = try? AddressMessage(in: bytes.span.bytes)
        }
    }

    @Test func `a new peer is encoded byte by byte as the kernel's header says`() throws {
        let setting = PeerSetting(entry([7]), replacesAllowedIPs: true)
        let packing = PeerMessages(family: 0x1d, interfaceIndex: 5)
        let message = try #require(try packing.messages(for: [.set(setting)][...]).first)
        let expected = hex(
            """
            01 01 00 00 // genl: WG_CMD_SET_DEVICE, version 1
            08 00 01 00 05 00 00 00 // WGDEVICE_A_IFINDEX: 5
            54 00 08 80 // WGDEVICE_A_PEERS of 84 bytes
            50 00 00 80 // a peer of 80 bytes
            \(keyAttribute)
            08 00 03 00 02 00 00 00 // WGPEER_A_FLAGS: REPLACE_ALLOWEDIPS
            20 00 09 80 // WGPEER_A_ALLOWEDIPS of 32 bytes
            1c 00 00 80 // an allowed-ip of 28 bytes
            06 00 01 00 02 00 00 00 // WGALLOWEDIP_A_FAMILY: AF_INET
            08 00 02 00 0a 00 00 07 // WGALLOWEDIP_A_IPADDR: 10.0.0.7
            05 00 03 00 20 00 00 00 // WGALLOWEDIP_A_CIDR_MASK: 32
            """
        )
        #expect(Array(message.bytes[MessageHeader.byteCount...]) == expected)
    }

    @Test func `no message is longer than its budget, and a peer's parts make the whole`() throws {
        let addresses = (0..<9_000).map { IPPrefix(host: .v4(IPv4Address(UInt32($0)))) }
        let long = PeerEntry(publicKey: Self.key, allowedIPs: addresses)
        let change = Change.set(PeerSetting(long, replacesAllowedIPs: true))
        let fragments = PeerFragment.fragments(of: change, budget: 60_000)
        #expect(fragments.flatMap(\.allowedIPs) == long.allowedIPs)
        #expect(fragments.map(\.flags) == [2, 4, 4, 4, 4])
        let packing = PeerMessages(family: 16, interfaceIndex: 1)
        let changes =
            [change] + (0..<3_000).map { _ in Change.set(PeerSetting(entry([1, 2]), replacesAllowedIPs: true)) }
        let batches = packing.batches(of: changes)
        #expect(batches.flatMap { Array($0) } == Array(changes.indices))
        for batch in batches {
            for message in try packing.messages(for: changes[batch]) { #expect(message.bytes.count <= 60_000 + 64) }
        }
    }

    @Test func `an own key is recognised clamped`() throws {
        var head = DeviceHead()
        var kept = [UInt8](repeating: 0x77, count: 32)
        kept[0] = 0x70
        head.privateKey = Secret(kept)
        #expect(head.has(privateKey: Secret([UInt8](repeating: 0x77, count: 32))))
        #expect(!head.has(privateKey: Secret([UInt8](repeating: 0x76, count: 32))))
    }
}
