import Cryptography
import LabSupport
import Model

extension ProvisionedPeer {
    /// The public key of a device that never connects.
    static func freshKey() -> String {
        WireGuardKeyPair.generate().publicKey.base64
    }
}
