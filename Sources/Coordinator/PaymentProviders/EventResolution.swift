import Store

/// What to do about a store's event.
enum EventResolution: Sendable {
    case effect(InboxEffect)
    case nothing
    /// A person has to look at it.
    case park(String)
    /// Something is missing that may come: the store's answer, or another event.
    case later(String)
}
