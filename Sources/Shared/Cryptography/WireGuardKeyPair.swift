import CSodium
import Model

/// A node's WireGuard key pair. The private half never leaves the node.
public struct WireGuardKeyPair: Sendable {
    /// 32 bytes, clamped (RFC 7748 section 5).
    public let privateKey: Secret<[UInt8]>
    public let publicKey: PublicKey

    public static func generate() -> WireGuardKeyPair {
        var bytes = RandomBytes.make(PublicKey.byteCount)
        bytes[0] &= 248
        bytes[31] = (bytes[31] & 127) | 64
        // A clamped scalar times the base point is never of small order.
        return WireGuardKeyPair(privateKey: bytes)!
    }

    /// - Parameter privateKey: 32 bytes; nil for any other count.
    public init?(privateKey: [UInt8]) {
        _ = Sodium.ready
        guard privateKey.count == PublicKey.byteCount else { return nil }
        var point = [UInt8](repeating: 0, count: PublicKey.byteCount)
        guard crypto_scalarmult_base(&point, privateKey) == 0, let publicKey = try? PublicKey(bytes: point) else {
            return nil
        }
        self.privateKey = Secret(privateKey)
        self.publicKey = publicKey
    }
}
