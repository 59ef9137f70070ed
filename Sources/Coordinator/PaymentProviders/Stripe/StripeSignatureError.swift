/// Why a webhook is not taken for Stripe's.
enum StripeSignatureError: Error, Hashable, Sendable {
    /// The header is not of the form: not exactly one `t` of digits, or a field without a value.
    case malformed
    /// Signed too long ago, or in the future: a replay, or a clock that is wrong.
    case outsideTolerance
    /// No v1 signature belongs to any of the secrets.
    case noMatch
}
