import LinkMessages
import LinkProtocol
import Model

/// What the decoders read every day.
enum Samples {
    /// Payloads of a `WG_CMD_GET_DEVICE` dump and of rtnetlink: fixed header, then attributes.
    static let netlink: [[UInt8]] = [device, link]

    /// Payloads of nf_tables: a chain, a rule that drops, elements of a set.
    static let ruleset: [[UInt8]] = [chain, rule, elements]

    static let frames: [[UInt8]] = messages.map { FrameEncoder.encode(LinkCodec.encode($0)) }

    /// Generic header; private key, public key, port; one peer with two allowed-ips.
    private static var device: [UInt8] {
        let key = [UInt8](repeating: 7, count: 32)
        let v4 = nested(0, attribute(1, [2, 0]) + attribute(2, [10, 64, 0, 2]) + attribute(3, [32]))
        let v6 = nested(
            0,
            attribute(1, [10, 0]) + attribute(2, [UInt8](repeating: 3, count: 16)) + attribute(3, [128])
        )
        let peer = attribute(1, key) + attribute(2, key) + attribute(5, [0, 0]) + nested(9, v4 + v6)
        return [0, 1, 0, 0] + attribute(3, key) + attribute(4, key) + attribute(6, [0x6c, 0xca])
            + nested(8, nested(0, peer) + nested(0, peer))
    }

    /// `struct ifinfomsg`; name, MTU, kind.
    private static var link: [UInt8] {
        [UInt8](repeating: 0, count: 16) + attribute(3, Array("holdfast0".utf8) + [0]) + attribute(4, [0x8c, 5, 0, 0])
            + nested(18, attribute(1, Array("wireguard".utf8) + [0]))
    }

    /// `struct nfgenmsg`; table, name, hook, policy.
    private static var chain: [UInt8] {
        [1, 0, 0, 0] + attribute(1, [116, 0]) + attribute(3, [102, 0]) + nested(4, attribute(1, [0, 0, 0, 2]))
            + attribute(5, [0, 0, 0, 0])
    }

    private static var rule: [UInt8] {
        let verdict = nested(2, attribute(1, [0, 0, 0, 0]))
        let drop =
            attribute(1, Array("immediate".utf8) + [0]) + nested(2, attribute(1, [0, 0, 0, 0]) + nested(2, verdict))
        return [1, 0, 0, 0] + attribute(1, [116, 0]) + attribute(2, [102, 0]) + nested(4, nested(1, drop))
    }

    private static var elements: [UInt8] {
        let element = nested(1, attribute(1, [10, 0, 0, 0])) + attribute(3, [0, 0, 0, 1])
        return [1, 0, 0, 0] + attribute(1, [116, 0]) + attribute(2, [115, 0]) + nested(3, nested(1, element))
    }

    private static func attribute(_ type: UInt16, _ value: [UInt8]) -> [UInt8] {
        let length = value.count + 4
        let head = [UInt8(length & 0xff), UInt8(length >> 8), UInt8(type & 0xff), UInt8(type >> 8)]
        return head + value + [UInt8](repeating: 0, count: (4 - length % 4) % 4)
    }

    private static func nested(_ type: UInt16, _ value: [UInt8]) -> [UInt8] { attribute(type | 0x8000, value) }

    private static var messages: [CoordinatorMessage] {
        let prefixes = [IPPrefix("10.64.0.2/32")!, IPPrefix("fd00:64::2/128")!]
        let entry = PeerEntry(publicKey: PublicKey(uncheckedBytes: (0..<32).map { UInt8($0) })!, allowedIPs: prefixes)
        let header = SnapshotHeader(revision: Revision(9), peerCount: 1, digest: .empty, allowMassRemoval: false)
        let network = TunnelNetwork(interfaceAddresses: [IPPrefix("10.64.0.1/10")!], mtu: 1420)
        return [
            .delta(Delta(base: Revision(8), revision: Revision(9), upserts: [entry], removals: [entry.publicKey])),
            .snapshotBegin(header), .snapshotChunk([entry]), .snapshotEnd(revision: Revision(9)),
            .welcome(
                Welcome(
                    wireVersion: 1,
                    serverTime: Timestamp(seconds: 1_800_000_000),
                    heartbeatInterval: .seconds(10),
                    network: network,
                    renewalOnly: false
                )
            ),
            .certificate(IssuedCertificate(certificate: [1, 2, 3], authority: [4, 5])),
            .tryLater(after: .seconds(5), reason: "busy"), .close(reason: "over"),
        ]
    }
}
