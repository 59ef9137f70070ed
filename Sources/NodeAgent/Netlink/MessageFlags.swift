/// The flags of a message header (`NLM_F_…` of linux/netlink.h). Some bits mean different things by direction and kind.
public struct MessageFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let request = MessageFlags(rawValue: 0x01)
    public static let multipart = MessageFlags(rawValue: 0x02)
    public static let acknowledge = MessageFlags(rawValue: 0x04)
    /// The dump is inconsistent: what it reads changed while it was read.
    public static let dumpInterrupted = MessageFlags(rawValue: 0x10)
    /// Of a request to read.
    public static let dump = MessageFlags(rawValue: 0x300)
    /// Of a request to make: refuse when it is already there.
    public static let exclusive = MessageFlags(rawValue: 0x200)
    /// Of a request to make: make it when it is not there.
    public static let create = MessageFlags(rawValue: 0x400)
    /// Of an acknowledgement: the request's payload is not repeated.
    public static let capped = MessageFlags(rawValue: 0x100)
    /// Of an acknowledgement: attributes follow.
    public static let acknowledgementAttributes = MessageFlags(rawValue: 0x200)
}
