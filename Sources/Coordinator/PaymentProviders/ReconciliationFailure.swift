/// Why nothing came of asking a store. It says nothing about a subscription, and passes or is a setting's fault.
public enum ReconciliationFailure: Error, Hashable, Sendable {
    /// The store did not answer, or not in its documented form; for people.
    case store(String)
    /// It could not be written; for people.
    case database(String)
    /// Others wrote the subscription each time that the store was asked.
    case overtaken
}

extension ReconciliationFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .store(let reason): reason
        case .database(let reason): "the answer could not be written: \(reason)"
        case .overtaken: "others kept writing the subscription"
        }
    }
}
