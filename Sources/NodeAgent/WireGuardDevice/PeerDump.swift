import Model
import Netlink
import Reconciliation

/// Collects the peers of a dump, message by message. A peer that did not fit one message goes on as the first of the
/// next, under the same key.
struct PeerDump {
    private var complete: [InstalledPeer] = []
    private var current: Part?

    private struct Part {
        let publicKey: PublicKey
        var allowedIPs: [IPPrefix] = []
        var foreignSettings: ForeignSettings = []
    }

    /// Every peer; call it after the last message.
    consuming func peers() -> [InstalledPeer] {
        finishCurrent()
        return complete
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
        var cursor = AttributeCursor()
        while let attribute = try cursor.next(in: bytes) {
            switch attribute.type {
            case WireGuardProtocol.Peer.publicKey:
                try attribute.require(PublicKey.byteCount)
                publicKey = bytes.extracting(attribute.value).withUnsafeBytes { PublicKey(uncheckedBytes: $0) }
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
        return Part(publicKey: publicKey, allowedIPs: allowedIPs, foreignSettings: foreign)
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
