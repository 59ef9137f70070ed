/// The signatures that the stores and identity providers use (RFC 7518, section 3.1).
public enum JWSAlgorithm: String, Hashable, Sendable {
    /// ECDSA over P-256 with SHA-256; the signature is r and s, 32 bytes each.
    case es256 = "ES256"
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256 = "RS256"
}
