import Cryptography
import Model

/// Stripe's signature of a webhook: `Stripe-Signature: t=<unix seconds>,v1=<hex>[,v1=…]`, where v1 is HMAC-SHA256 over
/// `t`, a full stop and the raw body, with the endpoint's whole `whsec_…` text as the key (docs.stripe.com/webhooks).
enum StripeSignature {
    /// How far `t` may be from now, in either direction.
    static let tolerance: Duration = .seconds(300)
    /// Stripe's own headers are under 300 bytes; a secret being rolled adds 68 for each signature.
    private static let headerByteCountMax = 4096

    /// - Parameter secrets: one, or two while a secret is rolled; none of them empty.
    static func verify(
        header: String,
        body: [UInt8],
        secrets: [Secret<String>],
        now: Timestamp
    ) throws(StripeSignatureError) {
        guard header.utf8.count <= headerByteCountMax else { throw .malformed }
        let fields = try Fields(header)
        let (distance, overflow) = now.seconds.subtractingReportingOverflow(fields.time)
        guard !overflow, distance.magnitude <= UInt64(tolerance.components.seconds) else { throw .outsideTolerance }
        let message = Array(fields.timeText.utf8) + [UInt8(ascii: ".")] + body
        var isValid = false
        for secret in secrets where !secret.reveal().isEmpty {
            let expected = SHA256.authenticate(message, key: Array(secret.reveal().utf8))
            for signature in fields.signatures where ConstantTime.areEqual(signature, expected) {
                isValid = true
            }
        }
        guard isValid else { throw .noMatch }
    }

    private struct Fields {
        var timeText: Substring = ""
        var time: Int64 = 0
        /// Of the scheme v1; other schemes are ignored.
        var signatures: [[UInt8]] = []

        init(_ header: String) throws(StripeSignatureError) {
            var times: [Substring] = []
            for field in header.split(separator: ",", omittingEmptySubsequences: false) {
                let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { throw .malformed }
                switch parts[0] {
                case "t": times.append(parts[1])
                case "v1": if let bytes = Hexadecimal.decode(parts[1]) { signatures.append(bytes) }
                default: break
                }
            }
            guard times.count == 1, let text = times.first, !text.isEmpty,
                text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let time = Int64(text)
            else { throw .malformed }
            guard !signatures.isEmpty else { throw .noMatch }
            timeText = text
            self.time = time
        }
    }
}
