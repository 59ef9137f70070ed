import LabSupport

/// Durations of one kind of operation.
public struct Sample: Sendable {
    public private(set) var durations: [Duration] = []

    public init() {}

    public var count: Int { durations.count }

    public mutating func time<Value>(_ operation: () throws -> Value) rethrows -> Value {
        let clock = ContinuousClock()
        let start = clock.now
        let value = try operation()
        durations.append(clock.now - start)
        return value
    }

    public mutating func add(_ duration: Duration) {
        durations.append(duration)
    }

    /// The nearest-rank percentile, in milliseconds.
    public func percentile_ms(_ percent: Int) -> Double {
        precondition(!durations.isEmpty && (1...100).contains(percent))
        let rank = (durations.count * percent + 99) / 100
        return durations.sorted()[rank - 1].milliseconds
    }
}
