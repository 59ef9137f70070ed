import CertificateAuthority
import FuzzSupport
import Glibc
import HummingbirdCore
import JOSE
import Model
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOSSL
import SwiftASN1
import X509

@testable import API
@testable import ObjectStorage
@testable import PaymentProviders

/// The parsers of the coordinator that strangers reach: TLS, HTTP, certificates and requests for them, what is signed,
/// JSON of the stores, OCSP, and the object store's XML.
@main
struct CoordinatorTargets {
    static func main() async throws {
        exit(await FuzzRunner.main(try targets, CommandLine.arguments))
    }

    static var targets: [FuzzTarget] {
        get throws { try signed + stores + transport }
    }

    private static var signed: [FuzzTarget] {
        get throws {
            let (authority, now) = (try CertificateAuthority.generate(now: Samples.now), Samples.now)
            let keySet = try Samples.keySet()
            let keys = try JSONWebKeySet(json: keySet)
            return [
                FuzzTarget("pkcs10", corpus: [try Samples.certificateRequest()], inputCount: 5000) {
                    // As long as the link lets one be.
                    $0.count <= 4096 && (try? CertificateRequest(der: $0)) != nil
                },
                FuzzTarget("certificate", corpus: [try Samples.nodeCertificate(authority)], inputCount: 3000) {
                    guard $0.count <= 64 << 10 else { return false }
                    return (try? await authority.verify(client: $0, now: now)) as PresentedCertificate? != nil
                },
                FuzzTarget(
                    "jws",
                    corpus: [try Samples.jws(), try Samples.jws(certificates: 3)],
                    words: [".", "=", "_"]
                ) {
                    guard let jws = try? CompactJWS(String(decoding: $0, as: UTF8.self)) else { return false }
                    for certificate in jws.header.certificates ?? [] { _ = try? Certificate(derEncoded: certificate) }
                    if let key = jws.header.keyID.flatMap({ keys[$0] }) { _ = try? jws.verify(with: key) }
                    return true
                },
                FuzzTarget("jwks", corpus: [keySet], words: Samples.jsonWords) {
                    (try? JSONWebKeySet(json: $0)) != nil
                },
                FuzzTarget("ocsp", corpus: [Samples.ocsp]) { OCSPNextUpdate.read($0) != nil },
            ]
        }
    }

    private static var stores: [FuzzTarget] {
        [
            FuzzTarget("stripe-event", corpus: Samples.stripeEvents, words: Samples.jsonWords) {
                (try? StripeEvent(body: $0)) != nil
            },
            FuzzTarget("stripe-signature", corpus: [Samples.stripeSignature], words: [",", "=", "t", "v1"]) {
                do throws(StripeSignatureError) {
                    try StripeSignature.verify(
                        header: String(decoding: $0, as: UTF8.self),
                        body: [],
                        secrets: [Secret("whsec_x")],
                        now: Samples.now
                    )
                    return true
                } catch {
                    return error == .noMatch
                }
            },
            FuzzTarget("google-push", corpus: [Samples.googlePush], words: Samples.jsonWords) {
                (try? GooglePush(body: $0)) != nil
            },
            FuzzTarget("s3-xml", corpus: [Samples.listing], words: ["<", ">", "&", "&amp;", "&#x", "<Key>", "</Key>"]) {
                S3Document($0)?.texts(of: "Key")?.isEmpty == false
            },
        ]
    }

    private static var transport: [FuzzTarget] {
        get throws {
            let tls = try TLSReading()
            return [
                FuzzTarget("tls", corpus: [try tls.clientHello()], inputCount: 1500) { tls.read($0) },
                FuzzTarget(
                    "http",
                    corpus: Samples.requests,
                    words: ["\r\n", ":", " ", "HTTP/1.1", "Content-Length: ", "chunked", "%", "?", "&", "="],
                    inputCount: 5000,
                    read: HTTPReading.read
                ),
                FuzzTarget("query", corpus: Samples.queries, words: ["%", "&", "=", "+", ";", "%00", "#"]) {
                    let text = String(decoding: $0, as: UTF8.self)
                    let parameters = URI("/v1/peers?\(text)").queryParameters
                    for (name, _) in parameters { _ = PercentEncoding.decode(String(name)) }
                    return !parameters.isEmpty && PercentEncoding.decode(text) != nil
                },
            ]
        }
    }
}

/// A server's TLS that is told what a client sends first.
private struct TLSReading: Sendable {
    private let context: NIOSSLContext
    private let clientContext: NIOSSLContext

    init() throws {
        let authority = try CertificateAuthority.generate(now: Samples.now)
        let server = try authority.issueServerCertificate(now: Samples.now, lifetime: .seconds(86_400))
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: server.der, format: .der))],
            privateKey: .privateKey(
                try NIOSSLPrivateKey(bytes: Array(server.privateKeyPEM.reveal().utf8), format: .pem)
            )
        )
        configuration.minimumTLSVersion = .tlsv13
        configuration.applicationProtocols = ["holdfast-link/1", "holdfast-enroll/1"]
        context = try NIOSSLContext(configuration: configuration)
        var client = TLSConfiguration.makeClientConfiguration()
        client.applicationProtocols = ["holdfast-link/1"]
        clientContext = try NIOSSLContext(configuration: client)
    }

    func clientHello() throws -> [UInt8] {
        let channel = EmbeddedChannel()
        let handler = try NIOSSLClientHandler(context: clientContext, serverHostname: "holdfast-coordinator")
        try channel.pipeline.syncOperations.addHandler(handler)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        let hello = try channel.readOutbound(as: ByteBuffer.self).map { Array($0.readableBytesView) }
        _ = try? channel.finish()
        return hello ?? []
    }

    /// Whether the server answers with something that is no alert.
    func read(_ bytes: [UInt8]) -> Bool {
        let channel = EmbeddedChannel()
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        guard (try? channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))) != nil else {
            return false
        }
        channel.connect(to: (try? SocketAddress(ipAddress: "127.0.0.1", port: 1))!, promise: nil)
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
        let answer = try? channel.readOutbound(as: ByteBuffer.self)
        return answer?.readableBytesView.first == 22
    }
}

private enum HTTPReading {
    /// Whether a request's head was read. Its body, and requests behind it, are read to the end.
    @Sendable static func read(_ bytes: [UInt8]) -> Bool {
        let channel = EmbeddedChannel()
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        guard (try? channel.pipeline.syncOperations.configureHTTPServerPipeline()) != nil else { return false }
        channel.connect(to: (try? SocketAddress(ipAddress: "127.0.0.1", port: 1))!, promise: nil)
        let half = bytes.count / 2
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes[..<half]))
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes[half...]))
        guard case .head? = try? channel.readInbound(as: HTTPServerRequestPart.self) else { return false }
        return true
    }
}
