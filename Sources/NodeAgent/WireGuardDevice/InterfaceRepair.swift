import Model

/// Something about the interface that was otherwise than it should be, and was put right.
public enum InterfaceRepair: Hashable, Sendable, CustomStringConvertible {
    case privateKey
    /// UDP; what it was.
    case listenPort(UInt16)
    /// What it was.
    case mtu(UInt32)
    case down
    case address(IPPrefix)

    public var description: String {
        switch self {
        case .privateKey: "another private key"
        case .listenPort(let port): "UDP port \(port)"
        case .mtu(let mtu): "MTU \(mtu)"
        case .down: "down"
        case .address(let prefix): "without \(prefix)"
        }
    }
}
