import Cryptography
import Model

/// A peer that its node has acknowledged, with the device's keys.
public struct ProvisionedPeer: Sendable {
    public let id: String
    public let keys: WireGuardKeyPair
    /// From the request to its answer.
    public let elapsed: Duration

    public var publicKey: String { keys.publicKey.base64 }
}
