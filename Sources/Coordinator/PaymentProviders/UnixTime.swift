import Model

/// Stripe and tokens count seconds since 1970.
enum UnixTime {
    /// Nil for what lies outside the years 1970 to 9999: no such time is meant, and arithmetic on it could overflow.
    static func timestamp(_ seconds: Int64) -> Timestamp? {
        (0...253_402_300_799).contains(seconds) ? Timestamp(seconds: seconds) : nil
    }
}

/// Google and Apple count milliseconds.
enum UnixMilliseconds {
    /// Nil outside the years 1970 to 9999, as for seconds.
    static func timestamp(_ milliseconds: Int64) -> Timestamp? {
        (0...253_402_300_799_999).contains(milliseconds) ? Timestamp(microseconds: milliseconds * 1000) : nil
    }
}
