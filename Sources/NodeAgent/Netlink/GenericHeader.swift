/// The header of generic netlink (`struct genlmsghdr` of linux/genetlink.h).
public enum GenericHeader {
    public static let byteCount = 4

    public static func bytes(command: UInt8, version: UInt8 = 1) -> [UInt8] {
        [command, version, 0, 0]
    }
}
