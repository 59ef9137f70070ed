import HTTPTypes

extension HTTPFields {
    /// Whether the client has what the tag names already (RFC 9110, section 13.1.2); nil where it does not say.
    ///
    /// The comparison is the weak one: a proxy that compresses makes a tag weak, and whoever waits with it for a change
    /// must not be answered at once for ever.
    func ifNoneMatch(_ tag: String) -> Bool? {
        guard let condition = self[.ifNoneMatch] else { return nil }
        guard condition != "*" else { return true }
        return condition.split(separator: ",").contains { part in
            let part = part.drop { $0 == " " || $0 == "\t" }
            let opaque = part.hasPrefix("W/") ? part.dropFirst(2) : part
            return opaque.prefix(tag.count) == tag && opaque.dropFirst(tag.count).allSatisfy(\.isWhitespace)
        }
    }
}
