/// Something happened to the interface: call `prepare`, which finds out and repairs.
public enum LinkEvent: Hashable, Sendable {
    /// The interface of the configured name is gone, with its peers.
    case removed
    /// It was made, or something about it changed, its addresses for example.
    case changed
    /// A route into the interface, or into a part of its networks, came or went.
    case routed
    /// The kernel's settings for networks changed, forwarding for example.
    case configured
    /// The kernel had to drop announcements: anything may have happened.
    case lost
}
