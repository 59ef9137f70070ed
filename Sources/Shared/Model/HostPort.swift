/// A host and a port, as in `exit1.example.net:51820` or `[2001:db8::1]:443`.
public struct HostPort: Hashable, Sendable {
    /// A name or an address, without brackets.
    public let host: String
    public let port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// - Parameter text: `HOST:PORT`; an IPv6 host stands in brackets. Nil for anything else, port 0 included.
    public init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = UInt16(digits), port > 0 else {
            return nil
        }
        let name = text[..<colon]
        if name.hasPrefix("["), name.hasSuffix("]") {
            guard let address = IPv6Address(name.dropFirst().dropLast()) else { return nil }
            self.init(host: address.description, port: port)
        } else {
            guard Self.isHostName(name) else { return nil }
            self.init(host: String(name), port: port)
        }
    }

    /// Letters, digits, dots and hyphens, 253 at most (RFC 1123 section 2.1); IPv4 addresses are of this form too.
    private static func isHostName(_ name: some StringProtocol) -> Bool {
        (1...253).contains(name.utf8.count)
            && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.utf8.allSatisfy { byte in
                        (48...57).contains(byte) || (97...122).contains(byte | 0x20) || byte == 45
                    }
            }
    }
}

extension HostPort: CustomStringConvertible {
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
