/// What a ``Listener`` tells its consumer.
public enum ListenerEvent: Hashable, Sendable {
    /// Listening begins, or begins anew, or notifications were dropped because the consumer was slow. Whatever the
    /// notifications are about has to be read again, since any number of them may have been missed.
    case reconnected
    case notification(channel: String, payload: String)
}
