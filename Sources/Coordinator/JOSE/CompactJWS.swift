import FoundationEssentials
import Model

/// A JWS in its compact form (RFC 7515, section 7.1), taken apart. Nothing of it is to be believed before
/// `verify(with:)` has returned.
public struct CompactJWS: Hashable, Sendable {
    public struct Header: Hashable, Sendable {
        /// Nil for an algorithm that is not accepted from anybody, such as `none`.
        public let algorithm: JWSAlgorithm?
        public let keyID: String?
        /// DER of a chain, the signer's certificate first (RFC 7515, section 4.1.6).
        public let certificates: [[UInt8]]?
    }

    public let header: Header
    public let payload: [UInt8]
    private let signature: [UInt8]
    private let signingInput: [UInt8]

    /// - Parameter byteCountMax: the longest text that is looked at.
    public init(_ text: some StringProtocol, byteCountMax: Int = 64 << 10) throws(JWSProblem) {
        guard text.utf8.count <= byteCountMax else { throw .tooLong }
        let segments = text.split(separator: ".", omittingEmptySubsequences: false)
        guard segments.count == 3 else { throw .malformed }
        let parts = segments.compactMap { Base64.decode($0, .urlSafe) }
        guard parts.count == 3 else { throw .malformed }
        header = try Self.header(parts[0])
        payload = parts[1]
        signature = parts[2]
        signingInput = Array("\(segments[0]).\(segments[1])".utf8)
    }

    /// - Throws: `.algorithm` when the key is not of the header's algorithm, whatever the signature is; `.signature`.
    public func verify(with key: VerificationKey) throws(JWSProblem) {
        guard let algorithm = header.algorithm, algorithm == key.algorithm else { throw .algorithm }
        guard key.isValid(signature, of: signingInput) else { throw .signature }
    }

    private static func header(_ json: [UInt8]) throws(JWSProblem) -> Header {
        struct Document: Decodable {
            let alg: String
            let kid: String?
            let x5c: [String]?
            let crit: [String]?
            let b64: Bool?
        }
        guard json.count <= 16 << 10, JSONDepth.isAtMost(4, json),
            let document = try? JSONDecoder().decode(Document.self, from: Data(json))
        else { throw .malformed }
        // Extensions that must be understood: none is (RFC 7515, section 4.1.11; RFC 7797).
        guard document.crit == nil, document.b64 ?? true else { throw .unknownExtension }
        var certificates: [[UInt8]]?
        if let x5c = document.x5c {
            // Standard base64, unlike everything else in a JWS.
            let decoded = x5c.compactMap { Base64.decode($0) }
            guard decoded.count == x5c.count else { throw .malformed }
            certificates = decoded
        }
        return Header(
            algorithm: JWSAlgorithm(rawValue: document.alg),
            keyID: document.kid,
            certificates: certificates
        )
    }
}
