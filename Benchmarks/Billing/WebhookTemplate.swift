import Cryptography
import Foundation
import LabSupport
import Model

/// An event of Stripe's that is made once and sent many times, each time with an id of its own, and signed.
struct WebhookTemplate: Sendable {
    private static let key = Array(CoordinatorProcess.webhookSecret.utf8)
    private let prefix: [UInt8]
    private let suffix: [UInt8]

    init(_ event: StripeEvent) throws {
        let text = String(decoding: event.body, as: UTF8.self)
        let id = try unwrap(text.range(of: "evt_[A-Za-z0-9]+", options: .regularExpression), "an event without an id")
        prefix = Array(text[..<id.lowerBound].utf8)
        suffix = Array(text[id.upperBound...].utf8)
    }

    /// The whole HTTP request.
    func request(id: String, at time: Int) -> [UInt8] {
        let body = prefix + Array(id.utf8) + suffix
        let tag = SHA256.authenticate(Array("\(time).".utf8) + body, key: Self.key)
        let head = """
            POST /webhooks/stripe HTTP/1.1\r
            Host: 127.0.0.1\r
            Content-Type: application/json; charset=utf-8\r
            Stripe-Signature: t=\(time),v1=\(Hexadecimal.encode(tag))\r
            Content-Length: \(body.count)\r
            \r

            """
        return Array(head.utf8) + body
    }
}
