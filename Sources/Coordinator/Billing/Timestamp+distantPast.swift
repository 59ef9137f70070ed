import Model

extension Timestamp {
    /// Before everything that a store can mean.
    static let distantPast = Timestamp(microseconds: .min)
}
