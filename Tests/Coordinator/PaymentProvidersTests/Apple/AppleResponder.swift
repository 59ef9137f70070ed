import Crypto
import FoundationEssentials
import Model
import NIOHTTP1
import StandInServer
import SwiftASN1
import Synchronization
import X509

/// An OCSP responder for the certificates of an authority (RFC 6960). Each field is what a test may change.
final class AppleResponder: Sendable {
    enum Word: Sendable {
        case good, revoked, unknown
    }

    struct Conduct: Sendable {
        var word = Word.good
        /// An HTTP status in place of an answer.
        var failure: Int?
        /// What is answered in place of an answer.
        var garbage: [UInt8]?
        var producedAt = AppleAuthority.signedAt - 60
        /// Nil: the answer does not say how long it is good.
        var nextUpdate: Int64? = AppleAuthority.signedAt + 7200
        var isSignedByAnother = false
        var hasOtherNonce = false
        var redirection: String?
    }

    private struct State: Sendable {
        var authority: AppleAuthority?
        var conduct = Conduct()
        var asked = 0
    }

    private let state = Mutex(State())

    var asked: Int { state.withLock { $0.asked } }

    var conduct: Conduct {
        get { state.withLock { $0.conduct } }
        set { state.withLock { $0.conduct = newValue } }
    }

    /// An authority whose certificates name the responder.
    static func run(_ body: (AppleResponder, AppleAuthority) async throws -> Void) async throws {
        let responder = AppleResponder()
        try await StandInServer.run { request, _ in
            responder.answer(request)
        } _: { _, base in
            let authority = try AppleAuthority(.init(responder: "\(base)/ocsp"))
            responder.state.withLock { $0.authority = authority }
            try await body(responder, authority)
        }
    }

    private func answer(_ request: StandInServer.Request) -> StandInServer.Answer {
        let (authority, conduct) = state.withLock { state in
            state.asked += 1
            return (state.authority, state.conduct)
        }
        guard let authority else { return .init(status: 500) }
        if let failure = conduct.failure { return .init(status: failure) }
        if let redirection = conduct.redirection { return .init(status: 302, headers: ["Location": redirection]) }
        if let garbage = conduct.garbage { return .init(status: 200, bytes: garbage) }
        guard request.method == "POST", request.headers.first(name: "Content-Type") == "application/ocsp-request",
            let bytes = try? Self.answer(request.bytes, authority, conduct)
        else { return .init(status: 400) }
        return .init(status: 200, headers: ["Content-Type": "application/ocsp-response"], bytes: bytes)
    }

    private struct Malformed: Error {}

    private static func answer(_ request: [UInt8], _ authority: AppleAuthority, _ conduct: Conduct) throws -> [UInt8] {
        let tbsRequest = try parts(DER.parse(request))[0]
        guard let list = try parts(tbsRequest).first(where: { $0.identifier == .sequence }),
            let single = try parts(list).first, let certID = try parts(single).first
        else { throw Malformed() }
        // Whoever has issued the certificate answers for it: its key's hash is in the question.
        let keyHash = Array(try ASN1OctetString(derEncoded: parts(certID)[2]).bytes)
        let issuers = [authority.rootKey, authority.intermediateKey]
        guard let issuer = issuers.first(where: { Self.hash($0.publicKey) == keyHash }) else { throw Malformed() }
        let status: [UInt8] =
            switch conduct.word {
            case .good: [0x80, 0]
            case .revoked: tagged(0xA1, time(conduct.producedAt - 3600))
            case .unknown: [0x82, 0]
            }
        let next = conduct.nextUpdate.map { tagged(0xA0, time($0)) } ?? []
        let answer = tagged(0x30, Array(certID.encodedBytes) + status + time(conduct.producedAt) + next)
        // The nonce comes back as it came.
        var extensions =
            try parts(tbsRequest).first { $0.identifier.tagClass == .contextSpecific }
            .map { tagged(0xA1, Array(try parts($0)[0].encodedBytes)) } ?? []
        if conduct.hasOtherNonce, let last = extensions.indices.last { extensions[last] ^= 1 }
        let responder = tagged(0xA2, tagged(0x04, keyHash))
        let data = tagged(0x30, responder + time(conduct.producedAt) + tagged(0x30, answer) + extensions)
        let key = conduct.isSignedByAnother ? P256.Signing.PrivateKey() : issuer
        let signature = try key.signature(for: Data(data)).derRepresentation
        // ecdsa-with-SHA256
        let algorithm = tagged(0x30, [0x06, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2])
        let basic = tagged(0x30, data + algorithm + tagged(0x03, [0] + signature))
        // id-pkix-ocsp-basic
        let type: [UInt8] = [0x06, 9, 0x2B, 6, 1, 5, 5, 7, 0x30, 1, 1]
        return tagged(0x30, [0x0A, 1, 0] + tagged(0xA0, tagged(0x30, type + tagged(0x04, basic))))
    }

    private static func hash(_ key: P256.Signing.PublicKey) -> [UInt8] {
        Array(Insecure.SHA1.hash(data: key.x963Representation))
    }

    private static func parts(_ node: ASN1Node) throws -> [ASN1Node] {
        guard case .constructed(let children) = node.content else { throw Malformed() }
        return Array(children)
    }

    static func tagged(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        switch content.count {
        case 0..<128: [tag, UInt8(content.count)] + content
        case 128..<256: [tag, 0x81, UInt8(content.count)] + content
        default: [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 255)] + content
        }
    }

    private static func time(_ seconds: Int64) -> [UInt8] {
        let text = "\(Timestamp(seconds: seconds))".filter { $0.isNumber }.prefix(14)
        return tagged(0x18, Array("\(text)Z".utf8))
    }
}
