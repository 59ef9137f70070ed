import Model
import Netlink

/// What a dump says of the interface itself, before its peers.
struct DeviceHead {
    var privateKey: Secret<[UInt8]>?
    var publicKey: PublicKey?
    var listenPort: UInt16 = 0

    init() {}

    init(in payload: RawSpan) throws(MalformedMessage) {
        var cursor = AttributeCursor(from: GenericHeader.byteCount)
        while let attribute = try cursor.next(in: payload) {
            switch attribute.type {
            case WireGuardProtocol.Device.privateKey:
                try attribute.require(PublicKey.byteCount)
                privateKey = Secret(try payload.bytes(attribute.value))
            case WireGuardProtocol.Device.publicKey:
                publicKey = PublicKey(uncheckedBytes: try payload.bytes(attribute.value))
            case WireGuardProtocol.Device.listenPort:
                listenPort = try attribute.uint16(in: payload)
            default: continue
            }
        }
    }

    /// Whether the interface has this key. The kernel keeps a private key clamped (RFC 7748, section 5).
    func has(privateKey other: Secret<[UInt8]>) -> Bool {
        guard let privateKey else { return false }
        return Self.clamped(privateKey.reveal()) == Self.clamped(other.reveal())
    }

    private static func clamped(_ key: [UInt8]) -> [UInt8] {
        var key = key
        guard key.count == PublicKey.byteCount else { return key }
        key[0] &= 248
        key[31] = key[31] & 127 | 64
        return key
    }
}
