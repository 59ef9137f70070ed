/// A failure that may say something about the store as a whole, and not only about what it was asked for.
protocol StoreTrouble: Error {
    /// Nil when it is about the one thing.
    var trouble: StoreTroubleKind? { get }
}

enum StoreTroubleKind: Hashable, Sendable {
    /// 408, 409, 429, 5xx, or no answer: it is asked less.
    case overloaded
    /// The key or the account was not accepted.
    case refused
}
