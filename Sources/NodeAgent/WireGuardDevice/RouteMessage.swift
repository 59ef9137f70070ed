import Model
import Netlink

/// A route, as the kernel describes it (`struct rtmsg` and its attributes).
struct RouteMessage: Equatable {
    static let headerByteCount = 12

    /// Masked.
    let destination: IPPrefix
    let table: UInt32
    /// One that leads somewhere, or that refuses; not a local address, a broadcast, or a copy made by the cache.
    let isOrdinary: Bool
    /// Nil where it leads to no one interface.
    private(set) var interfaceIndex: UInt32?

    /// Nil for another family than IPv4 and IPv6.
    init?(in payload: RawSpan) throws(MalformedMessage) {
        let family = UInt16(try payload.uint8(at: 0))
        guard family == WireGuardProtocol.Family.v4 || family == WireGuardProtocol.Family.v6 else { return nil }
        let length = Int(try payload.uint8(at: 1))
        var table = UInt32(try payload.uint8(at: 4))
        let type = try payload.uint8(at: 7)
        let flags = try payload.uint32(at: 8)
        let any: IPAddress =
            family == WireGuardProtocol.Family.v4 ? .v4(IPv4Address(0)) : .v6(IPv6Address(high: 0, low: 0))
        var address = any
        var index: UInt32?
        var cursor = AttributeCursor(from: Self.headerByteCount)
        while let attribute = try cursor.next(in: payload) {
            switch attribute.type {
            case RouteProtocol.Route.destination:
                address = try AddressBytes.address(payload.extracting(attribute.value), type: attribute.type)
            case RouteProtocol.Route.outgoingInterface: index = try attribute.uint32(in: payload)
            case RouteProtocol.Route.table: table = try attribute.uint32(in: payload)
            default: continue
            }
        }
        guard address.bitCount == any.bitCount, let prefix = IPPrefix(address, length: length) else {
            throw .value(type: RouteProtocol.Route.destination)
        }
        destination = prefix.masked
        self.table = table
        isOrdinary = RouteProtocol.Route.ordinaryTypes.contains(type) && flags & RouteProtocol.Route.cloned == 0
        interfaceIndex = index
    }

    /// Asks for every route of a family.
    static func list(family: UInt16) -> MessageEncoder {
        MessageEncoder(
            type: RouteProtocol.Message.getRoute,
            flags: [],
            header: [UInt8(family)] + [UInt8](repeating: 0, count: headerByteCount - 1)
        )
    }

    /// The route that the kernel makes by itself for an interface's address with a prefix (`RTPROT_KERNEL`).
    ///
    /// - Parameter address: the interface's own, with the length of the network.
    static func addConnected(_ address: IPPrefix, index: UInt32) throws(MessageTooLong) -> MessageEncoder {
        let isV4 = address.address.bitCount == 32
        let route = RouteProtocol.Route.self
        let family = isV4 ? WireGuardProtocol.Family.v4 : WireGuardProtocol.Family.v6
        let scope = isV4 ? route.scopeLink : route.scopeUniverse
        var message = MessageEncoder(
            type: RouteProtocol.Message.newRoute,
            flags: [.create, .exclusive],
            header: [
                UInt8(family), UInt8(address.length), 0, 0, UInt8(route.mainTable), route.byKernel, scope,
                route.unicast,
            ]
                + HostOrder.bytes(0)
        )
        try message.attribute(route.destination, address.masked.address.bytes)
        message.attribute(route.outgoingInterface, number: index)
        if isV4 {
            try message.attribute(route.preferredSource, address.address.bytes)
        } else {
            message.attribute(route.priority, number: route.priorityConnectedV6)
        }
        return message
    }
}
