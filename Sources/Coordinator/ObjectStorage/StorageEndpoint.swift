import Model

/// Where an S3-compatible server is, and how its buckets are addressed.
public struct StorageEndpoint: Hashable, Sendable {
    public enum Style: String, Hashable, Sendable, CaseIterable {
        /// `https://host/bucket/key`
        case path
        /// `https://bucket.host/key`
        case host
    }

    private let scheme: String
    /// With its port where that is not the scheme's own, as a client's `Host` has it.
    private let authority: String
    private let style: Style

    /// - Parameter text: `https://s3.example.net`, with a port or without; nothing may follow but a slash. Plain HTTP is
    ///   for a server on this machine alone, since objects are carried in the clear.
    public init?(_ text: String, style: Style) {
        guard let separator = text.firstRange(of: "://") else { return nil }
        scheme = String(text[..<separator.lowerBound])
        var authority = text[separator.upperBound...]
        if authority.hasSuffix("/") { authority.removeLast() }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, Self.isHostName(host), parts.count <= 2 else { return nil }
        if parts.count == 2 {
            guard let port = UInt16(parts[1]), port > 0, !parts[1].hasPrefix("+") else { return nil }
            let isUsual = port == (scheme == "https" ? 443 : 80)
            self.authority = isUsual ? String(host) : "\(host):\(port)"
        } else {
            self.authority = String(host)
        }
        switch scheme {
        case "https": break
        case "http" where host == "127.0.0.1" || host == "localhost": break
        default: return nil
        }
        self.style = style
    }

    var url: String { "\(scheme)://\(authority)" }

    /// What a client's `Host` says.
    func host(of bucket: BucketName) -> String {
        style == .path ? authority : "\(bucket.text).\(authority)"
    }

    /// Not encoded.
    func path(of bucket: BucketName, key: String = "") -> String {
        style == .path ? "/\(bucket.text)\(key.isEmpty ? "" : "/")\(key)" : "/\(key)"
    }

    func url(of bucket: BucketName, key: String = "") -> String {
        "\(scheme)://\(host(of: bucket))\(URIEncoding.encode(path(of: bucket, key: key), keepingSlashes: true))"
    }

    private static func isHostName(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: ".")
            }
    }
}

extension StorageEndpoint: CustomStringConvertible {
    public var description: String { url }
}
