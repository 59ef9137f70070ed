import Model
import SwiftASN1

/// When an OCSP answer is to be asked for again (RFC 6960, section 4.2.1). What verifies the answer does not tell.
enum OCSPNextUpdate {
    /// Nil for an answer that does not say, or is none. Nothing of it is verified.
    static func read(_ answer: [UInt8]) -> Timestamp? {
        guard let response = try? DER.parse(answer),
            // responseStatus, then [0] of type and octets.
            let bytes = parts(response).dropFirst().first.flatMap({ parts($0).first }),
            let octets = parts(bytes).dropFirst().first.flatMap({ try? ASN1OctetString(derEncoded: $0) }),
            let basic = try? DER.parse(octets.bytes), let data = parts(basic).first,
            // After a version, the responder and a time, all of other tags.
            let singles = parts(data).first(where: { $0.identifier == .sequence })
        else { return nil }
        let times = parts(singles).map { single in
            // certID, certStatus, thisUpdate, then [0] nextUpdate.
            parts(single).dropFirst(3)
                .first { $0.identifier == ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific) }
                .flatMap { parts($0).first }.flatMap(time)
        }
        guard !times.isEmpty, !times.contains(nil) else { return nil }
        return times.compactMap(\.self).min()
    }

    private static func parts(_ node: ASN1Node) -> [ASN1Node] {
        guard case .constructed(let children) = node.content else { return [] }
        return Array(children)
    }

    /// `YYYYMMDDhhmmssZ`.
    private static func time(_ node: ASN1Node) -> Timestamp? {
        guard node.identifier == .generalizedTime, case .primitive(let bytes) = node.content, bytes.count == 15 else {
            return nil
        }
        let text = String(decoding: bytes, as: UTF8.self)
        func part(_ from: Int, _ count: Int) -> Substring { text.dropFirst(from).prefix(count) }
        return Timestamp(
            "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T\(part(8, 2)):\(part(10, 2)):\(part(12, 2))Z"
        )
    }
}
