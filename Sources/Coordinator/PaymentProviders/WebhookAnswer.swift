/// What to answer a store that sent an event.
public enum WebhookAnswer: Hashable, Sendable {
    /// Stored; a worker does the rest. 200.
    case ok
    /// Stored before. 200.
    case duplicate
    /// Verified, but of a type or mode that means nothing here. 200.
    case ignored
    /// 400.
    case badSignature
    /// It could not be stored: the store must send it again. 503.
    case unavailable
}
