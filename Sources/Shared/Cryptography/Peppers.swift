/// The pepper that new hashes get, and another that verifies as well while one is replaced by the other: at most two are
/// good at once.
public struct Peppers: Sendable {
    public let current: Pepper
    /// The next one before it is taken into use, the one before afterwards.
    public let other: Pepper?

    /// - Parameter other: of another version, or nil.
    public init(_ current: Pepper, other: Pepper? = nil) {
        precondition(current.version != other?.version, "two peppers of one version cannot be told apart")
        self.current = current
        self.other = other
    }

    public var all: [Pepper] { [current] + (other.map { [$0] } ?? []) }
}
