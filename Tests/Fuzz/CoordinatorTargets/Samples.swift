import CertificateAuthority
import Crypto
import JOSE
import Model
import SwiftASN1
import X509

/// What strangers and services send every day. Made anew at each run, with keys of its own: the damage is the same for one
/// seed, the keys are not.
enum Samples {
    static let now = Timestamp(seconds: 1_790_000_000)
    static let jsonWords = ["{", "}", "[", "]", "\"", ":", ",", "null", "true", "-1", "1e999", "\\u0000", "\\ud800"]

    static func certificateRequest() throws -> [UInt8] {
        let request = try CertificateSigningRequest(
            version: .v1,
            subject: DistinguishedName { CommonName("exit1") },
            privateKey: .init(P256.Signing.PrivateKey()),
            attributes: .init(),
            signatureAlgorithm: .ecdsaWithSHA256
        )
        var serializer = DER.Serializer()
        try serializer.serialize(request)
        return serializer.serializedBytes
    }

    static func nodeCertificate(_ authority: CertificateAuthority) throws -> [UInt8] {
        try authority.issueNodeCertificate(
            try CertificateRequest(der: try certificateRequest()),
            for: NodeID.random(),
            now: now,
            lifetime: .seconds(86_400)
        )
        .der
    }

    /// The form of a JWS, with or without a chain; its signature is nobody's.
    static func jws(certificates: Int = 0) throws -> [UInt8] {
        let authority = try CertificateAuthority.generate(now: now)
        let chain = (0..<certificates).map { _ in "\"\(Base64.encode(authority.certificateDER))\"" }
        let x5c = chain.isEmpty ? "" : ",\"x5c\":[\(chain.joined(separator: ","))]"
        let header = #"{"alg":"ES256","kid":"one""# + x5c + "}"
        let payload = #"{"signedDate":1790000000000,"bundleId":"net.example.vpn"}"#
        let parts = [Array(header.utf8), Array(payload.utf8), [UInt8](repeating: 5, count: 64)]
        return Array(parts.map { Base64.encode($0, .urlSafe) }.joined(separator: ".").utf8)
    }

    static func keySet() throws -> [UInt8] {
        let point = Array(P256.Signing.PrivateKey().publicKey.rawRepresentation)
        let (x, y) = (Base64.encode(point[..<32], .urlSafe), Base64.encode(point[32...], .urlSafe))
        let key = #"{"kty":"EC","kid":"one","use":"sig","crv":"P-256","x":"\#(x)","y":"\#(y)"}"#
        return Array(#"{"keys":[\#(key)]}"#.utf8)
    }

    /// RFC 6960, as far as it is read without being verified: one answer with its next update.
    static var ocsp: [UInt8] {
        let time = der(0x18, Array("20270101000000Z".utf8))
        let single = der(0x30, der(0x30, [0x05, 0x00]) + der(0x80, []) + time + der(0xa0, time))
        let data = der(0x30, der(0xa1, der(0x30, [])) + time + der(0x30, single))
        let basic = der(0x30, data + der(0x30, [0x05, 0x00]) + der(0x03, [0, 1]))
        let bytes = der(0x30, der(0x06, [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01]) + der(0x04, basic))
        return der(0x30, der(0x0a, [0]) + der(0xa0, bytes))
    }

    /// Tag, length and value (X.690), of values up to 64 KiB.
    private static func der(_ tag: UInt8, _ value: [UInt8]) -> [UInt8] {
        let count = value.count
        let length: [UInt8] =
            count < 128
            ? [UInt8(count)] : count < 256 ? [0x81, UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 0xff)]
        return [tag] + length + value
    }

    static let stripeEvents: [[UInt8]] = [
        #"""
        {"id":"evt_1ABC","object":"event","type":"customer.subscription.updated","created":1790000000,"livemode":true,
        "data":{"object":{"id":"sub_1ABC","object":"subscription","status":"active","customer":"cus_1","created":1789000000,
        "items":{"data":[{"id":"si_1","price":{"id":"price_basic"},"current_period_start":1789000000,
        "current_period_end":1791000000}]},"latest_invoice":"in_1"}}}
        """#,
        #"""
        {"id":"evt_2ABC","object":"event","type":"invoice.paid","created":1790000000,"livemode":true,"data":{"object":
        {"id":"in_1","object":"invoice","amount_paid":990,"lines":{"has_more":false,"data":[{"id":"il_1","amount":990,
        "period":{"start":1789000000,"end":1791000000}}]}}}}
        """#,
    ].map { Array($0.utf8) }

    static let stripeSignature = Array(
        "t=\(now.seconds),v1=\(String(repeating: "0f", count: 32)),v0=\(String(repeating: "00", count: 32))".utf8
    )

    static let googlePush: [UInt8] = {
        let notification = #"""
            {"version":"1.0","packageName":"net.example.vpn","eventTimeMillis":"1790000000000",
            "subscriptionNotification":{"version":"1.0","notificationType":4,"purchaseToken":"token.AO-abc"}}
            """#
        let data = Base64.encode(Array(notification.utf8))
        return Array(
            #"{"message":{"data":"\#(data)","messageId":"1"},"subscription":"projects/p/subscriptions/s"}"#.utf8
        )
    }()

    static let listing = Array(
        """
        <?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>hf-1</Name><IsTruncated>false</IsTruncated>\
        <Contents><Key>a &amp; b/&#x41;&lt;1&gt;.txt</Key><Size>5</Size></Contents></ListBucketResult>
        """.utf8
    )

    static let requests: [[UInt8]] = [
        "GET /v1/peers?wait=30&region=fra1 HTTP/1.1\r\nHost: api.example.net\r\nAuthorization: Bearer hfs1.abc\r\n\r\n",
        "POST /v1/peers HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        "POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n",
    ].map { Array($0.utf8) }

    static let queries: [[UInt8]] = ["wait=30&region=fra1", "node=exit%2d1&since=2026-01-31T12%3A00%3A00Z", "a=%C3%A9"]
        .map { Array($0.utf8) }
}
