/// A value that must never reach a log, an error text or a dump: it describes itself as `<redacted>`.
public struct Secret<Value: Sendable>: Sendable {
    private let value: Value

    public init(_ value: Value) {
        self.value = value
    }

    /// The value itself. Each caller is a place to review.
    public func reveal() -> Value { value }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "<redacted>" }
    public var debugDescription: String { "<redacted>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Lets values that carry a secret be compared as values. To verify a secret, compare keyed hashes in constant time.
extension Secret: Equatable where Value: Equatable {}
extension Secret: Hashable where Value: Hashable {}
