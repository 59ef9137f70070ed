import Model
import Netlink

/// An interface's address, as the kernel describes it (`struct ifaddrmsg` and its attributes).
struct AddressMessage: Equatable {
    static let headerByteCount = 8

    let interfaceIndex: UInt32
    /// The interface's own address, with the length of its prefix.
    let prefix: IPPrefix

    init(in payload: RawSpan) throws(MalformedMessage) {
        let length = try payload.uint8(at: 1)
        interfaceIndex = try payload.uint32(at: 4)
        var address: IPAddress?
        var local: IPAddress?
        var cursor = AttributeCursor(from: Self.headerByteCount)
        while let attribute = try cursor.next(in: payload) {
            switch attribute.type {
            case RouteProtocol.Address.address:
                address = try AddressBytes.address(payload.extracting(attribute.value), type: attribute.type)
            case RouteProtocol.Address.local:
                local = try AddressBytes.address(payload.extracting(attribute.value), type: attribute.type)
            default: continue
            }
        }
        guard let own = local ?? address else { throw .missingAttribute(type: RouteProtocol.Address.address) }
        guard let prefix = IPPrefix(own, length: Int(length)) else {
            throw .value(type: RouteProtocol.Address.address)
        }
        self.prefix = prefix
    }

    /// `struct ifaddrmsg`: family, prefix length, flags, scope (8 bits each), interface index.
    private static func header(family: UInt16, length: Int, index: UInt32) -> [UInt8] {
        [UInt8(family), UInt8(length), 0, 0] + HostOrder.bytes(index)
    }

    /// Asks for every address of one interface; kernels before 4.20 send those of all.
    static func list(index: UInt32) -> MessageEncoder {
        MessageEncoder(
            type: RouteProtocol.Message.getAddress,
            flags: [],
            header: header(family: 0, length: 0, index: index)
        )
    }

    static func add(_ prefix: IPPrefix, index: UInt32) throws(MessageTooLong) -> MessageEncoder {
        let isV4 = prefix.address.bitCount == 32
        let family = isV4 ? WireGuardProtocol.Family.v4 : WireGuardProtocol.Family.v6
        var message = MessageEncoder(
            type: RouteProtocol.Message.newAddress,
            flags: [.create, .exclusive],
            header: header(family: family, length: prefix.length, index: index)
        )
        try message.attribute(RouteProtocol.Address.local, prefix.address.bytes)
        try message.attribute(RouteProtocol.Address.address, prefix.address.bytes)
        if !isV4 {
            let flags = RouteProtocol.Address.noDuplicateDetection
            message.attribute(RouteProtocol.Address.flags, number: flags)
        }
        return message
    }
}
