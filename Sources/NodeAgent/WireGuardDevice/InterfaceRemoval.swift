import Netlink

/// Taking a node out of service: the one place where an interface is removed, never by the running agent.
public enum InterfaceRemoval {
    /// Removes a WireGuard interface with every peer.
    ///
    /// - Returns: false when there is none of this name.
    /// - Throws: ``DeviceError/notWireGuard(_:kind:)`` for another kind of interface, which stays.
    public static func remove(_ name: InterfaceName) throws(DeviceError) -> Bool {
        var route = try RouteConnection()
        let link = try DeviceError.wrapping { () throws(NetlinkError) in try route.link(name) }
        guard let link else { return false }
        guard link.kind == RouteProtocol.wireGuardKind else { throw .notWireGuard(name, kind: link.kind) }
        do throws(NetlinkError) {
            try route.delete(index: link.index)
        } catch {
            if DeviceError(error) == .interfaceMissing { return false }
            throw DeviceError(error)
        }
        return true
    }
}
