/// Settings of a peer in the kernel that this system never makes: somebody made them by hand, and they are drift.
///
/// An endpoint is not among them: WireGuard itself learns it from the peer's packets.
public struct ForeignSettings: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// A preshared key: the customer's device does not have it, so the peer cannot shake hands any more.
    public static let presharedKey = ForeignSettings(rawValue: 1)
    /// A persistent keepalive: the node would send to the peer for ever.
    public static let persistentKeepalive = ForeignSettings(rawValue: 2)
}
