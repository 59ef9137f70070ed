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
    /// Signed by the store, and of no form that can be read: an answer of success would hide it for ever. 400.
    case unreadable
    /// It only names what it is about, and nobody can be asked without an API key. 422.
    case needsKey
    /// It could not be stored: the store must send it again. 503.
    case unavailable
}
