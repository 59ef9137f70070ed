import Glibc

extension NetlinkSocket {
    /// The message type that a generic netlink family has in this boot; nil when the kernel has no such family, also
    /// after it tried to load the family's module.
    public mutating func resolveFamily(_ name: String) throws(NetlinkError) -> UInt16? {
        var message = MessageEncoder(
            type: Controller.type,
            flags: [],
            header: GenericHeader.bytes(command: Controller.getFamily)
        )
        do throws(MessageTooLong) {
            try message.attribute(Controller.familyName, text: name)
        } catch {
            throw .requestTooLong(byteCount: error.byteCount)
        }
        var family: UInt16?
        do throws(NetlinkError) {
            try request(&message) { _, payload throws(MalformedMessage) in
                family = try Controller.family(in: payload)
            }
        } catch .refused(ENOENT, _) {
            return nil
        }
        return family
    }
}

/// Generic netlink's own family, which knows the others (linux/genetlink.h).
enum Controller {
    static let type: UInt16 = 16
    static let getFamily: UInt8 = 3
    static let familyID: UInt16 = 1
    static let familyName: UInt16 = 2

    /// The number in the answer to `CTRL_CMD_GETFAMILY`.
    static func family(in payload: RawSpan) throws(MalformedMessage) -> UInt16 {
        var cursor = AttributeCursor(from: GenericHeader.byteCount)
        while let attribute = try cursor.next(in: payload) {
            if attribute.type == familyID { return try attribute.uint16(in: payload) }
        }
        throw .missingAttribute(type: familyID)
    }
}
