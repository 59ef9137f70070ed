import Model
import Netlink
import Reconciliation

/// Collects the peers of a dump, message by message. A peer that did not fit one message goes on as the first of the
/// next, under the same key.
struct PeerDump {
    /// Whose handshakes are asked for: of all others they are not even read.
    private let watched: Set<PublicKey>
    private var complete: [InstalledPeer] = []
    private var handshakes: [PublicKey: Timestamp] = [:]
    private var current: Part?

    private struct Part {
        let publicKey: PublicKey
        var allowedIPs: [IPPrefix] = []
        var foreignSettings: ForeignSettings = []
        var handshake: Range<Int>?
    }

    init(handshakesOf watched: Set<PublicKey> = []) {
        self.watched = watched
    }

    /// Every peer; call it after the last message.
    consuming func peers() -> [InstalledPeer] { reading().peers }

    /// Every peer, with the handshakes that were asked for; call it after the last message.
    consuming func reading() -> PeerReading {
        finishCurrent()
        return PeerReading(peers: complete, handshakes: handshakes)
    }

    mutating func add(_ payload: RawSpan) throws(MalformedMessage) {
        var cursor = AttributeCursor(from: GenericHeader.byteCount)
        while let attribute = try cursor.next(in: payload) {
            guard attribute.type == WireGuardProtocol.Device.peers else { continue }
            let list = payload.extracting(attribute.value)
            var peers = AttributeCursor()
            while let peer = try peers.next(in: list) { try addPeer(list.extracting(peer.value)) }
        }
    }

    private mutating func addPeer(_ bytes: RawSpan) throws(MalformedMessage) {
        let part = try Self.part(bytes)
        if let place = part.handshake, watched.contains(part.publicKey) {
            handshakes[part.publicKey] = try Self.handshake(bytes.extracting(place))
        }
        if current?.publicKey == part.publicKey {
            current?.allowedIPs += part.allowedIPs
            current?.foreignSettings.formUnion(part.foreignSettings)
        } else {
            finishCurrent()
            current = part
        }
    }

    private mutating func finishCurrent() {
        guard let part = current else { return }
        let entry = PeerEntry(publicKey: part.publicKey, allowedIPs: part.allowedIPs)
        complete.append(InstalledPeer(entry, foreignSettings: part.foreignSettings))
        current = nil
    }

    private static func part(_ bytes: RawSpan) throws(MalformedMessage) -> Part {
        var publicKey: PublicKey?
        var allowedIPs: [IPPrefix] = []
        var foreign: ForeignSettings = []
        var handshake: Range<Int>?
        var cursor = AttributeCursor()
        while let attribute = try cursor.next(in: bytes) {
            switch attribute.type {
            case WireGuardProtocol.Peer.publicKey:
                try attribute.require(PublicKey.byteCount)
                publicKey = bytes.extracting(attribute.value).withUnsafeBytes { PublicKey(uncheckedBytes: $0) }
            case WireGuardProtocol.Peer.lastHandshake:
                handshake = attribute.value
            case WireGuardProtocol.Peer.presharedKey:
                if try !isZero(bytes.extracting(attribute.value)) { foreign.insert(.presharedKey) }
            case WireGuardProtocol.Peer.persistentKeepalive:
                if try attribute.uint16(in: bytes) != 0 { foreign.insert(.persistentKeepalive) }
            case WireGuardProtocol.Peer.allowedIPs:
                allowedIPs += try Self.allowedIPs(bytes.extracting(attribute.value))
            default: continue
            }
        }
        guard let publicKey else { throw .missingAttribute(type: WireGuardProtocol.Peer.publicKey) }
        return Part(publicKey: publicKey, allowedIPs: allowedIPs, foreignSettings: foreign, handshake: handshake)
    }

    /// Nil where there was none yet.
    ///
    /// - Parameter bytes: struct __kernel_timespec: seconds and nanoseconds, 64 bits each.
    private static func handshake(_ bytes: RawSpan) throws(MalformedMessage) -> Timestamp? {
        let seconds = Int64(bitPattern: try bytes.uint64(at: 0))
        let nanoseconds = Int64(bitPattern: try bytes.uint64(at: 8))
        guard seconds != 0 || nanoseconds != 0 else { return nil }
        return Timestamp(microseconds: seconds &* 1_000_000 &+ nanoseconds / 1000)
    }

    private static func isZero(_ bytes: RawSpan) throws(MalformedMessage) -> Bool {
        for offset in 0..<bytes.byteCount where try bytes.uint8(at: offset) != 0 { return false }
        return true
    }

    private static func allowedIPs(_ list: RawSpan) throws(MalformedMessage) -> [IPPrefix] {
        var prefixes: [IPPrefix] = []
        var cursor = AttributeCursor()
        while let attribute = try cursor.next(in: list) {
            prefixes.append(try allowedIP(list.extracting(attribute.value)))
        }
        return prefixes
    }

    private static func allowedIP(_ bytes: RawSpan) throws(MalformedMessage) -> IPPrefix {
        var address: IPAddress?
        var length: UInt8?
        var cursor = AttributeCursor()
        while let attribute = try cursor.next(in: bytes) {
            switch attribute.type {
            case WireGuardProtocol.AllowedIP.address:
                address = try AddressBytes.address(bytes.extracting(attribute.value), type: attribute.type)
            case WireGuardProtocol.AllowedIP.prefixLength:
                length = try attribute.uint8(in: bytes)
            default: continue
            }
        }
        guard let address else { throw .missingAttribute(type: WireGuardProtocol.AllowedIP.address) }
        guard let length else { throw .missingAttribute(type: WireGuardProtocol.AllowedIP.prefixLength) }
        guard let prefix = IPPrefix(address, length: Int(length)) else {
            throw .value(type: WireGuardProtocol.AllowedIP.prefixLength)
        }
        return prefix
    }
}
