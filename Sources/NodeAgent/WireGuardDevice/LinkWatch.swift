import Model
import Netlink

/// What the kernel announces about one interface, its addresses and routes, and about the host's network settings.
struct LinkWatch: ~Copyable {
    private static let groups = [
        RouteProtocol.Group.link, RouteProtocol.Group.addressV4, RouteProtocol.Group.addressV6,
        RouteProtocol.Group.routeV4, RouteProtocol.Group.routeV6, RouteProtocol.Group.networkConfigurationV4,
        RouteProtocol.Group.networkConfigurationV6,
    ]

    private var listener: NetlinkListener
    private var scope: LinkScope

    init(_ name: InterfaceName) throws(DeviceError) {
        scope = LinkScope(name: name)
        listener = try DeviceError.wrapping { () throws(NetlinkError) in
            try NetlinkListener(.route, groups: Self.groups)
        }
    }

    var descriptor: Int32 { listener.descriptor }

    /// An announcement that was lost or cannot be read means that anything may have happened. Each event once.
    mutating func drain() -> [LinkEvent] {
        var events: [LinkEvent] = []
        var scope = scope
        do throws(NetlinkError) {
            try listener.drain { header, payload throws(MalformedMessage) in
                guard let event = try scope.event(header.type, payload), !events.contains(event) else { return }
                events.append(event)
            }
        } catch {
            events.append(.lost)
        }
        self.scope = scope
        return events
    }

    /// Tells the watch which interface it is about, where that was found out otherwise.
    ///
    /// - Parameter networks: of the interface's addresses.
    mutating func follow(index: UInt32, networks: [IPPrefix]) {
        scope.index = index
        scope.networks = networks
    }
}

/// Which announcements concern the interface.
struct LinkScope: Hashable {
    let name: InterfaceName
    /// The interface's number, by which it is known when somebody renames it.
    var index: UInt32?
    /// Where peers have their addresses.
    var networks: [IPPrefix] = []

    init(name: InterfaceName) {
        self.name = name
    }

    /// - Parameter type: the message's.
    mutating func event(_ type: UInt16, _ payload: RawSpan) throws(MalformedMessage) -> LinkEvent? {
        let message = RouteProtocol.Message.self
        switch type {
        case message.newLink, message.deleteLink:
            return linkEvent(try LinkMessage(in: payload), isGone: type == message.deleteLink)
        case message.newAddress, message.deleteAddress:
            let concerned = try payload.uint32(at: 4)
            return concerned == index ? .changed : nil
        case message.newRoute, message.deleteRoute:
            guard let route = try RouteMessage(in: payload), route.isOrdinary,
                route.table == RouteProtocol.Route.mainTable
            else { return nil }
            return concerns(route) ? .routed : nil
        case message.newNetworkConfiguration: return .configured
        default: return nil
        }
    }

    private mutating func linkEvent(_ link: LinkMessage, isGone: Bool) -> LinkEvent? {
        if link.name == name.description {
            index = isGone ? nil : link.index
            return isGone ? .removed : .changed
        }
        guard link.index == index else { return nil }
        index = nil
        return .removed
    }

    private func concerns(_ route: RouteMessage) -> Bool {
        if let index, route.interfaceIndex == index { return true }
        return networks.contains { network in
            network.length <= route.destination.length && network.contains(route.destination.address)
        }
    }
}
