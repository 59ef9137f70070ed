/// How long to wait before the next attempt: exponential with full jitter, so that a fleet does not return as one.
///
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
public struct Backoff: Hashable, Sendable {
    public let first: Duration
    public let cap: Duration
    private var attempts = 0

    public init(first: Duration = .seconds(1), cap: Duration = .seconds(30)) {
        self.first = first
        self.cap = cap
    }

    /// - Parameter random: evenly spread over 0..<1.
    /// - Returns: anything from nothing up to a bound that doubles with each call until it reaches `cap`.
    public mutating func next(random: Double) -> Duration {
        let bound = min(cap, first * (1 << min(attempts, 20)))
        attempts += 1
        return bound * random
    }

    /// The last attempt was a success.
    public mutating func reset() { attempts = 0 }
}
