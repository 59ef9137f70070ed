import Model
import Netlink

/// The host's main routing tables. For one thread.
public final class HostRoutes {
    public struct Route: Hashable, Sendable {
        /// Masked.
        public let destination: IPPrefix
        /// Nil where it leads to no one interface: unreachable, or several.
        public let interfaceIndex: UInt32?
    }

    private var route: RouteConnection

    public init() throws(DeviceError) {
        route = try RouteConnection()
    }

    /// Of both families.
    public func list() throws(DeviceError) -> [Route] {
        do throws(NetlinkError) {
            return try route.routes().map { Route(destination: $0.destination, interfaceIndex: $0.interfaceIndex) }
        } catch {
            throw DeviceError(error)
        }
    }

    /// Puts back the route that the kernel makes for an interface's address.
    ///
    /// - Parameter address: the interface's own, with the length of its network.
    public func restore(_ address: IPPrefix, index: UInt32) throws(DeviceError) {
        do throws(NetlinkError) {
            try route.addConnected(address, index: index)
        } catch {
            throw DeviceError(error)
        }
    }
}
