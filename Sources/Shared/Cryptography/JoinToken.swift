import Model

/// What a node enrols with: `hfj1.REGION.` and base64url of the pin of the authority's key (32 bytes) and a secret (32).
///
/// The pin lets the node authenticate the coordinator at first contact; the secret is good once, until it expires.
public struct JoinToken: Hashable, Sendable {
    public let region: RegionName
    /// SHA-256 of the authority's SubjectPublicKeyInfo (DER).
    public let authorityPin: [UInt8]
    public let secret: Secret<[UInt8]>

    public enum Malformed: Error, Hashable, Sendable {
        case notAJoinToken
        case damaged
    }

    public init(region: RegionName, authorityPin: [UInt8], secret: Secret<[UInt8]>) {
        precondition(authorityPin.count == 32 && secret.reveal().count == 32, "a pin and a secret have 32 bytes each")
        self.region = region
        self.authorityPin = authorityPin
        self.secret = secret
    }

    public static func generate(region: RegionName, authorityPin: [UInt8]) -> JoinToken {
        JoinToken(region: region, authorityPin: authorityPin, secret: Secret(RandomBytes.make(32)))
    }

    public init(_ text: some StringProtocol) throws(Malformed) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "hfj1" else { throw .notAJoinToken }
        guard let region = RegionName(parts[1]), let body = Base64.decode(parts[2], .urlSafe), body.count == 68 else {
            throw .damaged
        }
        let checksum = Array(body[64...])
        guard checksum == Self.checksum(region, Array(body[..<64])) else { throw .damaged }
        self.init(region: region, authorityPin: Array(body[..<32]), secret: Secret(Array(body[32..<64])))
    }

    /// The token as the operator copies it to the node.
    public var text: Secret<String> {
        let body = authorityPin + secret.reveal()
        return Secret("hfj1.\(region).\(Base64.encode(body + Self.checksum(region, body), .urlSafe))")
    }

    private static func checksum(_ region: RegionName, _ body: [UInt8]) -> [UInt8] {
        let value = CRC32.checksum(Array(region.text.utf8) + body)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
