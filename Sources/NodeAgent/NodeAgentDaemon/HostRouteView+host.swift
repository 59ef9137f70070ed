import Assessment
import Model
import WireGuardDevice

extension HostRouteView {
    /// Nil where the kernel does not say.
    static func ofHost(tunnel: UInt32?, addresses: [IPPrefix]) -> HostRouteView? {
        guard let routes = try? HostRoutes(), let list = try? routes.list() else { return nil }
        return HostRouteView(list, tunnel: tunnel, addresses: addresses)
    }

    init(_ list: [HostRoutes.Route], tunnel: UInt32?, addresses: [IPPrefix]) {
        self.init(
            list.map { Route(destination: $0.destination, interfaceIndex: $0.interfaceIndex) },
            tunnel: tunnel,
            addresses: addresses
        )
    }
}
