import Model
import Netlink

/// Links and addresses, over rtnetlink.
struct RouteConnection: ~Copyable {
    private var socket: NetlinkSocket

    init() throws(DeviceError) {
        socket = try DeviceError.wrapping { () throws(NetlinkError) in try NetlinkSocket(.route) }
    }

    /// Nil when there is no interface of this name.
    mutating func link(_ name: InterfaceName) throws(NetlinkError) -> LinkMessage? {
        var found: LinkMessage?
        var message = try Encoding.checked { () throws(MessageTooLong) in try LinkMessage.get(name) }
        do throws(NetlinkError) {
            try socket.request(&message) { header, payload throws(MalformedMessage) in
                guard header.type == RouteProtocol.Message.newLink else { return }
                found = try LinkMessage(in: payload)
            }
        } catch .refused(KernelCode.noSuchDevice, _) {
            return nil
        }
        return found
    }

    /// Makes the interface. One that came to be meanwhile is no error: the caller looks at what it is.
    mutating func create(_ name: InterfaceName) throws(NetlinkError) -> Bool {
        var message = try Encoding.checked { () throws(MessageTooLong) in try LinkMessage.create(name) }
        do throws(NetlinkError) {
            try socket.request(&message)
        } catch .refused(KernelCode.exists, _) {
            return false
        }
        return true
    }

    mutating func set(mtu: UInt16, index: UInt32) throws(NetlinkError) {
        var message = LinkMessage.set(mtu: mtu, index: index)
        try socket.request(&message)
    }

    mutating func delete(index: UInt32) throws(NetlinkError) {
        var message = LinkMessage.delete(index: index)
        try socket.request(&message)
    }

    mutating func setUp(index: UInt32) throws(NetlinkError) {
        var message = LinkMessage.setUp(index: index)
        try socket.request(&message)
    }

    mutating func addresses(index: UInt32) throws(NetlinkError) -> Set<IPPrefix> {
        var message = AddressMessage.list(index: index)
        return try socket.dump(&message, into: { Set<IPPrefix>() }) {
            addresses,
            header,
            payload throws(MalformedMessage) in
            guard header.type == RouteProtocol.Message.newAddress else { return }
            let address = try AddressMessage(in: payload)
            if address.interfaceIndex == index { addresses.insert(address.prefix) }
        }
    }

    /// The ordinary routes of the main table, of both families.
    mutating func routes() throws(NetlinkError) -> [RouteMessage] {
        var routes: [RouteMessage] = []
        for family in [WireGuardProtocol.Family.v4, WireGuardProtocol.Family.v6] {
            var message = RouteMessage.list(family: family)
            routes += try socket.dump(&message, into: { [RouteMessage]() }) {
                routes,
                header,
                payload throws(MalformedMessage) in
                // A kernel without IPv6 answers with what it has.
                guard header.type == RouteProtocol.Message.newRoute, try payload.uint8(at: 0) == UInt8(family),
                    let route = try RouteMessage(in: payload), route.isOrdinary,
                    route.table == RouteProtocol.Route.mainTable
                else { return }
                routes.append(route)
            }
        }
        return routes
    }

    /// A route that is there already is no error.
    mutating func addConnected(_ address: IPPrefix, index: UInt32) throws(NetlinkError) {
        var message = try Encoding.checked { () throws(MessageTooLong) in
            try RouteMessage.addConnected(address, index: index)
        }
        do throws(NetlinkError) {
            try socket.request(&message)
        } catch .refused(KernelCode.exists, _) {
            return
        }
    }

    /// An address that is there already is no error.
    mutating func add(_ prefix: IPPrefix, index: UInt32) throws(NetlinkError) {
        var message = try Encoding.checked { () throws(MessageTooLong) in
            try AddressMessage.add(prefix, index: index)
        }
        do throws(NetlinkError) {
            try socket.request(&message)
        } catch .refused(KernelCode.exists, _) {
            return
        }
    }
}
