import LinkMessages
import LinkProtocol
import Model

/// What the decoders read every day.
enum Samples {
    /// Payloads of a `WG_CMD_GET_DEVICE` dump and of rtnetlink: fixed header, then attributes.
    static let netlink: [[UInt8]] = [device, link]

    /// Payloads of nf_tables: a chain, a rule that drops, elements of a set.
    static let ruleset: [[UInt8]] = [chain, rule, elements]

    /// `struct nlmsghdr` before each, two messages in one read.
    static let netlinkMessages: [[UInt8]] = netlink.map { header(0x1c, $0) + header(3, [0, 0, 0, 0]) }

    private static func header(_ type: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let length = 16 + payload.count
        return [UInt8(length & 0xff), UInt8(length >> 8), 0, 0, type, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0] + payload
            + [UInt8](repeating: 0, count: (4 - length % 4) % 4)
    }

    static let coordinatorMessages: [[UInt8]] = messages.map { LinkCodec.encode($0) }

    static let frames: [[UInt8]] = coordinatorMessages.map { FrameEncoder.encode($0) }

    static let agentMessages: [[UInt8]] = {
        let key = (0..<32).map { UInt8($0) }
        let hello =
            Protobuf.number(1, 1) + Protobuf.text(2, "1.0.0") + Protobuf.bytes(3, [UInt8](repeating: 1, count: 16))
            + Protobuf.number(4, 9) + Protobuf.bytes(5, key) + Protobuf.bytes(6, key)
            + Protobuf.text(7, "exit1.example.net:51820") + Protobuf.number(8, 51820)
        let refused = Protobuf.bytes(1, key) + Protobuf.text(2, "no space left on device")
        let acknowledgement = Protobuf.number(1, 9) + Protobuf.bytes(2, key) + Protobuf.bytes(3, refused)
        let heartbeat =
            Protobuf.number(1, 9) + Protobuf.bytes(2, key)
            + (UInt16(3)...17).flatMap { Protobuf.number($0, UInt64($0) * 37) }
        let request =
            Protobuf.bytes(1, key) + Protobuf.text(2, "exit1") + Protobuf.text(3, "1.0.0") + Protobuf.bytes(4, key)
            + Protobuf.bytes(5, [0x30, 0x03, 0x02, 0x01, 0x00]) + Protobuf.text(6, "exit1.example.net:51820")
            + Protobuf.number(7, 51820)
        return [
            Protobuf.bytes(1, hello), Protobuf.bytes(2, acknowledgement),
            Protobuf.bytes(3, Protobuf.number(1, 9) + Protobuf.number(2, 5)), Protobuf.bytes(4, heartbeat),
            Protobuf.bytes(5, Protobuf.bytes(1, [0x30, 0x00])), Protobuf.bytes(6, request),
            Protobuf.bytes(7, Protobuf.text(1, "stopping")),
        ]
    }()

    static let texts: [[UInt8]] = [
        "exit1.example.net:51820", "[2001:db8::1]:443", "10.64.0.0/10", "fd00:64::2/128", "192.0.2.1",
        "2026-01-31T12:00:00.123456Z", "exit-1.example.net", "fra1", "alice", "1.2.3~rc1+deb12",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
    ].map { Array($0.utf8) }

    static let words = [
        "::", ".", ":", "/", "-", "[", "]", "255", "65536", "%", "\u{202e}", "\u{9b}", "\u{200b}", "+00:00",
    ]

    static let json: [[UInt8]] = [
        #"{"public_key":"AAEC","region":"fra1","labels":{"a":["b",1,true,null]}}"#,
        #"[[[[[["\\\"[[["]]]]]]"#,
    ].map { Array($0.utf8) }

    static let members: [[UInt8]] = [
        #"{"public_key":"AAEC","labels":{"a":["b",1,{"a":2}],"\u0061":null},"public_\u006bey":true}"#,
        #"{"a":"\\\"","b":[{},{"c":{}}],"":1}"#,
    ].map { Array($0.utf8) }

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
