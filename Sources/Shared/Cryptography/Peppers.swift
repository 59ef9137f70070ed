/// The pepper that new hashes get, and the one before, as long as it still verifies: at most two are good at once.
public struct Peppers: Sendable {
    public let current: Pepper
    public let previous: Pepper?

    /// - Parameter previous: of another version, or nil.
    public init(_ current: Pepper, previous: Pepper? = nil) {
        precondition(current.version != previous?.version, "two peppers of one version cannot be told apart")
        self.current = current
        self.previous = previous
    }

    public var all: [Pepper] { [current] + (previous.map { [$0] } ?? []) }
}
