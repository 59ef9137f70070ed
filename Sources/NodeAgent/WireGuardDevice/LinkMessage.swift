import Netlink

/// A network interface, as the kernel describes it (`struct ifinfomsg` and its attributes).
struct LinkMessage: Equatable {
    static let headerByteCount = 16

    let index: UInt32
    let isUp: Bool
    private(set) var name = ""
    private(set) var kind: String?
    private(set) var mtu: UInt32 = 0
    /// Packets received and sent, bytes received and sent.
    private(set) var totals: [UInt64] = [0, 0, 0, 0]

    init(in payload: RawSpan) throws(MalformedMessage) {
        index = try payload.uint32(at: 4)
        isUp = try payload.uint32(at: 8) & RouteProtocol.up != 0
        var cursor = AttributeCursor(from: Self.headerByteCount)
        while let attribute = try cursor.next(in: payload) {
            switch attribute.type {
            case RouteProtocol.Link.name: name = try attribute.string(in: payload)
            case RouteProtocol.Link.mtu: mtu = try attribute.uint32(in: payload)
            case RouteProtocol.Link.info: kind = try Self.kind(in: payload.extracting(attribute.value))
            case RouteProtocol.Link.statistics: totals = try Self.totals(in: payload.extracting(attribute.value))
            default: continue
            }
        }
    }

    private static func kind(in info: RawSpan) throws(MalformedMessage) -> String? {
        var cursor = AttributeCursor()
        while let attribute = try cursor.next(in: info) {
            if attribute.type == RouteProtocol.Link.kind { return try attribute.string(in: info) }
        }
        return nil
    }

    /// `struct rtnl_link_stats64` begins with these four; newer kernels append fields at its end.
    private static func totals(in bytes: RawSpan) throws(MalformedMessage) -> [UInt64] {
        [try bytes.uint64(at: 0), try bytes.uint64(at: 8), try bytes.uint64(at: 16), try bytes.uint64(at: 24)]
    }

    /// `struct ifinfomsg`: family, padding, type (16 bits), index, flags, which flags to change.
    static func header(index: UInt32 = 0, flags: UInt32 = 0, change: UInt32 = 0) -> [UInt8] {
        [0, 0, 0, 0] + HostOrder.bytes(index) + HostOrder.bytes(flags) + HostOrder.bytes(change)
    }

    /// Asks for one interface by its name.
    static func get(_ name: InterfaceName) throws(MessageTooLong) -> MessageEncoder {
        var message = MessageEncoder(type: RouteProtocol.Message.getLink, flags: [], header: header())
        try message.attribute(RouteProtocol.Link.name, text: name.description)
        return message
    }

    static func create(_ name: InterfaceName) throws(MessageTooLong) -> MessageEncoder {
        var message = MessageEncoder(
            type: RouteProtocol.Message.newLink,
            flags: [.create, .exclusive],
            header: header()
        )
        try message.attribute(RouteProtocol.Link.name, text: name.description)
        try message.nested(RouteProtocol.Link.info) { message throws(MessageTooLong) in
            try message.attribute(RouteProtocol.Link.kind, text: RouteProtocol.wireGuardKind)
        }
        return message
    }

    static func set(mtu: UInt16, index: UInt32) -> MessageEncoder {
        var message = MessageEncoder(type: RouteProtocol.Message.newLink, flags: [], header: header(index: index))
        message.attribute(RouteProtocol.Link.mtu, number: UInt32(mtu))
        return message
    }

    static func delete(index: UInt32) -> MessageEncoder {
        MessageEncoder(type: RouteProtocol.Message.deleteLink, flags: [], header: header(index: index))
    }

    static func setUp(index: UInt32) -> MessageEncoder {
        let header = header(index: index, flags: RouteProtocol.up, change: RouteProtocol.up)
        return MessageEncoder(type: RouteProtocol.Message.newLink, flags: [], header: header)
    }
}
