import Store

/// What a store's answer about one subscription comes to.
enum StoreAnswer: Sendable {
    case effect(InboxEffect)
    case notFound
    /// Nothing can be done before a person has looked; for people.
    case unusable(String)
    /// It is not of the world that counts here: a test purchase in production, or the other way round.
    case elsewhere
}
