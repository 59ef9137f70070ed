import HTTPTypes

extension HTTPFields {
    /// What `Authorization: Bearer` carries (RFC 6750, section 2.1). The scheme's case is nobody's business (RFC 9110,
    /// section 11.1).
    var bearerCredentials: Substring? {
        guard let header = self[.authorization], header.prefix(7).lowercased() == "bearer " else { return nil }
        return header.dropFirst(7)
    }
}
