import Cryptography
import FoundationEssentials
import Model
import SwiftASN1

/// The certificate that the App Store's signatures have to lead to.
public enum AppleRoot {
    private static let byteCountMax = 64 << 10

    /// - Parameters:
    ///   - path: of a file in DER or PEM.
    ///   - fingerprint: SHA-256 of the certificate's DER, in hexadecimal.
    /// - Returns: the certificate's DER.
    public static func read(_ path: String, fingerprint: String) throws(AppleRootProblem) -> [UInt8] {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)), data.count <= byteCountMax else {
            throw .unreadable
        }
        let text = String(decoding: data, as: UTF8.self)
        let der = (try? PEMDocument(pemString: text).derBytes) ?? Array(data)
        guard let expected = Hexadecimal.decode(fingerprint.lowercased()), SHA256.hash(der) == expected else {
            throw .fingerprint
        }
        return der
    }
}

public enum AppleRootProblem: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable
    case fingerprint

    public var description: String {
        switch self {
        case .unreadable: "it cannot be read"
        case .fingerprint: "it is not the certificate of apple.root_fingerprint"
        }
    }
}
