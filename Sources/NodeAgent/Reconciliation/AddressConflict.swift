import Model

/// An allowed-ip that two desired peers claim. The kernel gives an address to one peer only, so without a decision
/// every reconcile would hand it to and fro between two tunnels.
public struct AddressConflict: Hashable, Sendable {
    public let address: IPPrefix
    public let keeper: PublicKey
    public let denied: PublicKey

    public init(address: IPPrefix, keeper: PublicKey, denied: PublicKey) {
        self.address = address
        self.keeper = keeper
        self.denied = denied
    }
}
