/// What the TLS library says, for people: its own text has names of its sources, which help nobody here.
enum TLSWords {
    /// By the reason codes of OpenSSL and BoringSSL, which stand in the text.
    private static let known = [
        ("CERTIFICATE_VERIFY_FAILED", "its certificate is not of this profile's authority, or has expired"),
        ("CERTIFICATE_EXPIRED", "this profile's certificate has expired"),
        ("CERTIFICATE_REVOKED", "this profile's certificate was revoked"),
        ("UNKNOWN_CA", "it does not know this profile's authority"),
        ("CERTIFICATE_REQUIRED", "it wants a certificate"),
        ("BAD_CERTIFICATE", "it does not take this profile's certificate"),
        ("WRONG_VERSION_NUMBER", "no TLS is spoken there"),
        ("UNSUPPORTED_PROTOCOL", "it does not speak TLS 1.3"),
        ("PROTOCOL_VERSION", "it does not speak TLS 1.3"),
        ("HANDSHAKE_FAILURE", "the TLS handshake failed"),
        ("unableToValidateCertificate", "its certificate is not of this profile's authority, or has expired"),
        ("uncleanShutdown", "the connection was cut"),
    ]

    static func text(_ error: any Error) -> String {
        let words = "\(error)"
        return known.first { words.contains($0.0) }?.1 ?? "the TLS handshake failed"
    }
}
