import Crypto
import CryptoExtras
import FoundationEssentials
import Model

/// The public keys that a signer publishes (RFC 7517), by their ids.
public struct JSONWebKeySet: Sendable {
    private static let keysMax = 64

    private let keys: [String: VerificationKey]

    public var count: Int { keys.count }

    /// - Parameter json: the document; a key of a kind, use or size that is not accepted is left out of the set.
    /// - Throws: `MalformedKeySet`.
    public init(json: [UInt8]) throws(MalformedKeySet) {
        guard JSONDepth.isAtMost(8, json), let document = try? JSONDecoder().decode(Document.self, from: Data(json)),
            document.keys.count <= Self.keysMax
        else { throw MalformedKeySet() }
        var keys: [String: VerificationKey] = [:]
        for entry in document.keys {
            guard let id = entry.kid, let key = entry.key else { continue }
            // Two keys of one id: whoever made the set does not know either.
            guard keys.updateValue(key, forKey: id) == nil else { throw MalformedKeySet() }
        }
        self.keys = keys
    }

    public subscript(id: String) -> VerificationKey? { keys[id] }

    private struct Document: Decodable {
        let keys: [Entry]
    }

    private struct Entry: Decodable {
        let kty: String
        let kid: String?
        let use: String?
        let crv: String?
        let n: String?
        let e: String?
        let x: String?
        let y: String?

        var key: VerificationKey? {
            guard use == nil || use == "sig" else { return nil }
            switch kty {
            case "RSA":
                guard let n = n.flatMap({ Base64.decode($0, .urlSafe) }),
                    let e = e.flatMap({ Base64.decode($0, .urlSafe) }),
                    let key = try? _RSA.Signing.PublicKey(n: n, e: e)
                else { return nil }
                return .rsa(key)
            case "EC":
                guard crv == "P-256", let x = x.flatMap({ Base64.decode($0, .urlSafe) }), x.count == 32,
                    let y = y.flatMap({ Base64.decode($0, .urlSafe) }), y.count == 32,
                    let key = try? P256.Signing.PublicKey(rawRepresentation: x + y)
                else { return nil }
                return .p256(key)
            default: return nil
            }
        }
    }
}

/// A document that is not a set of keys.
public struct MalformedKeySet: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String { "not a JSON Web Key Set" }
}
