import Model

/// Stripe counts seconds since 1970.
enum StripeTime {
    /// Nil for what lies outside the years 1970 to 9999: no such time is meant, and arithmetic on it could overflow.
    static func timestamp(_ seconds: Int64) -> Timestamp? {
        (0...253_402_300_799).contains(seconds) ? Timestamp(seconds: seconds) : nil
    }
}
