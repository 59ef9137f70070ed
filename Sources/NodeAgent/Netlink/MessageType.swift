/// The types of message that netlink itself uses (linux/netlink.h); types from 16 on belong to the families.
public enum MessageType {
    public static let noOperation: UInt16 = 1
    /// An acknowledgement when its code is zero.
    public static let error: UInt16 = 2
    public static let done: UInt16 = 3
    public static let overrun: UInt16 = 4
}
