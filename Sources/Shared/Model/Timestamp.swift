/// A moment, in microseconds since 1970-01-01T00:00:00Z: the resolution of PostgreSQL's `timestamptz`.
///
/// Pure code takes the time as a value of this type; it never reads a clock.
public struct Timestamp: Hashable, Sendable, Comparable {
    public let microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    public init(seconds: Int64) {
        microseconds = seconds * 1_000_000
    }

    /// Whole seconds since 1970, rounded down.
    public var seconds: Int64 {
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    /// Stops at the first and the last moment there is: times come from other machines too.
    public static func + (left: Self, right: Duration) -> Self {
        let (seconds, attoseconds) = right.components
        let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (part, isTooMuch) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        let (sum, isBeyond) = left.microseconds.addingReportingOverflow(part)
        guard !isTooLong, !isTooMuch, !isBeyond else { return Self(microseconds: right < .zero ? .min : .max) }
        return Self(microseconds: sum)
    }

    public static func - (left: Self, right: Duration) -> Self { left + (.zero - right) }

    public static func - (left: Self, right: Self) -> Duration {
        let (difference, isTooLong) = left.microseconds.subtractingReportingOverflow(right.microseconds)
        return .microseconds(isTooLong ? (left < right ? Int64.min : Int64.max) : difference)
    }
}
