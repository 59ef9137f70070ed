import Model
import Netlink

/// An interface as a person finds it, without touching it.
public struct InterfaceView: Hashable, Sendable {
    public let isUp: Bool
    /// Of any program's making; nil for an interface that is not WireGuard's.
    public let listenPort: UInt16?
    public let publicKey: PublicKey?
    /// The kernel's kind, such as `wireguard` or `veth`; nil for a device of hardware.
    public let kind: String?
    public let index: UInt32
    public let mtu: UInt32
    public let addresses: Set<IPPrefix>

    /// Nil when there is no interface of this name.
    ///
    /// - Throws: ``DeviceError/wireGuardUnavailable``, ``DeviceError/notPermitted``.
    public static func of(_ name: InterfaceName) throws(DeviceError) -> InterfaceView? {
        var wireGuard = try WireGuardConnection(familyName: WireGuardProtocol.familyName)
        var route = try RouteConnection()
        let link = try DeviceError.wrapping { () throws(NetlinkError) in try route.link(name) }
        guard let link else { return nil }
        let isWireGuard = link.kind == RouteProtocol.wireGuardKind
        do throws(NetlinkError) {
            let head = isWireGuard ? try wireGuard.head(index: link.index) : nil
            return InterfaceView(
                isUp: link.isUp,
                listenPort: head?.listenPort,
                publicKey: head?.publicKey,
                kind: link.kind,
                index: link.index,
                mtu: link.mtu,
                addresses: try route.addresses(index: link.index)
            )
        } catch {
            throw DeviceError(error)
        }
    }
}
