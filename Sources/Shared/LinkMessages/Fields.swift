import FoundationEssentials
import LinkProtocol
import Model
import SwiftProtobuf

/// Checked readings of fields, each naming the field that failed.
enum Fields {
    static func publicKey(_ bytes: Data, _ name: String) throws(LinkCodec.Malformed) -> PublicKey {
        do {
            return try PublicKey(bytes: Array(bytes))
        } catch {
            throw .field(name)
        }
    }

    static func digest(_ bytes: Data, _ name: String) throws(LinkCodec.Malformed) -> TableDigest {
        guard let digest = TableDigest(bytes: bytes) else { throw .field(name) }
        return digest
    }

    static func port(_ number: UInt32, _ name: String) throws(LinkCodec.Malformed) -> UInt16 {
        guard let port = UInt16(exactly: number), port > 0 else { throw .field(name) }
        return port
    }

    /// DER of PKCS #10: some 250 bytes with the keys that are taken. What is larger is not looked at.
    static func certificateRequest(_ bytes: Data, _ name: String) throws(LinkCodec.Malformed) -> [UInt8] {
        guard (1...certificateRequestByteCountMax).contains(bytes.count) else { throw .field(name) }
        return Array(bytes)
    }

    private static let certificateRequestByteCountMax = 4096

    /// A version as our packages have it: one short word that any terminal may show.
    static func version(_ text: String, _ name: String) throws(LinkCodec.Malformed) -> String {
        guard let version = PackageVersion(text) else { throw .field(name) }
        return version.text
    }

    /// Nil for the empty text.
    static func text(_ text: String) -> String? { text.isEmpty ? nil : text }

    /// Nil for the empty text.
    static func endpoint(_ text: String, _ name: String) throws(LinkCodec.Malformed) -> HostPort? {
        if text.isEmpty { return nil }
        guard let endpoint = HostPort(text) else { throw .field(name) }
        return endpoint
    }

    static func prefix(_ wire: Holdfast_Link_V1_Prefix, _ name: String) throws(LinkCodec.Malformed) -> IPPrefix {
        guard let address = IPAddress(bytes: wire.address), let length = Int(exactly: wire.length),
            let prefix = IPPrefix(address, length: length)
        else { throw .field(name) }
        return prefix
    }

    static func prefixes(_ wire: [Holdfast_Link_V1_Prefix], _ name: String) throws(LinkCodec.Malformed) -> [IPPrefix] {
        try wire.map { (prefix) throws(LinkCodec.Malformed) in try Self.prefix(prefix, name) }
    }

    static func peer(_ wire: Holdfast_Link_V1_Peer) throws(LinkCodec.Malformed) -> PeerEntry {
        PeerEntry(
            publicKey: try publicKey(wire.publicKey, "Peer.public_key"),
            allowedIPs: try prefixes(wire.allowedIps, "Peer.allowed_ips"),
            isLingering: wire.lingering
        )
    }

    static func peers(_ wire: [Holdfast_Link_V1_Peer]) throws(LinkCodec.Malformed) -> [PeerEntry] {
        try wire.map { (peer) throws(LinkCodec.Malformed) in try Self.peer(peer) }
    }

    static func network(_ wire: Holdfast_Link_V1_TunnelNetwork) throws(LinkCodec.Malformed) -> TunnelNetwork {
        // 1280 is IPv6's least MTU (RFC 8200 section 5).
        guard (1280...65_535).contains(wire.mtu) else { throw .field("TunnelNetwork.mtu") }
        return TunnelNetwork(
            interfaceAddresses: try prefixes(wire.interfaceAddresses, "TunnelNetwork.interface_addresses"),
            mtu: UInt16(wire.mtu)
        )
    }
}

extension Holdfast_Link_V1_Prefix {
    init(_ prefix: IPPrefix) {
        self.init()
        address = Data(prefix.address.bytes)
        length = UInt32(prefix.length)
    }
}

extension Holdfast_Link_V1_Peer {
    init(_ entry: PeerEntry) {
        self.init()
        publicKey = Data(entry.publicKey.bytes)
        allowedIps = entry.allowedIPs.map(Holdfast_Link_V1_Prefix.init)
        lingering = entry.isLingering
    }
}

extension Holdfast_Link_V1_TunnelNetwork {
    init(_ network: TunnelNetwork) {
        self.init()
        interfaceAddresses = network.interfaceAddresses.map(Holdfast_Link_V1_Prefix.init)
        mtu = UInt32(network.mtu)
    }
}

extension Duration {
    /// Whole milliseconds, held within what the wire carries.
    var wireMilliseconds: UInt32 {
        let (seconds, attoseconds) = components
        return UInt32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
