/// Something happened to the interface: call `prepare`, which finds out and repairs.
public enum LinkEvent: Hashable, Sendable {
    /// The interface of the configured name is gone, with its peers.
    case removed
    /// It was made, or something about it changed.
    case changed
    /// The kernel had to drop announcements: anything may have happened.
    case lost
}
