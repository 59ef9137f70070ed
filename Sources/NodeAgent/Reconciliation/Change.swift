import Model

/// One step of a plan. Every step may be carried out twice without harm, so a half-applied batch is simply repeated.
public enum Change: Hashable, Sendable {
    /// The peer goes, with its allowed-ips and its session.
    case remove(PublicKey)
    /// The peer comes to be, or changes; its session goes on.
    case set(PeerSetting)

    public var publicKey: PublicKey {
        switch self {
        case .remove(let key): key
        case .set(let setting): setting.entry.publicKey
        }
    }
}
