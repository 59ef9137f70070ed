import CertificateAuthority
import Crypto
import LinkMessages
import LinkProtocol
import Model
import NIOCore
import NIOPosix
import NIOSSL
import SwiftASN1
import X509

/// A node's TLS key, and the certificate it got.
struct TestIdentity: Sendable {
    var key = P256.Signing.PrivateKey()
    var certificate: [UInt8]?

    /// DER of PKCS #10.
    func request() throws -> [UInt8] {
        let request = try CertificateSigningRequest(
            version: .v1,
            subject: DistinguishedName { CommonName("node") },
            privateKey: .init(key),
            attributes: .init(),
            signatureAlgorithm: .ecdsaWithSHA256
        )
        var serializer = DER.Serializer()
        try serializer.serialize(request)
        return serializer.serializedBytes
    }
}

/// The other end of a link, free to say anything.
struct TestClient {
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var decoder = FrameDecoder()

    static func connect<Result: Sendable>(
        to port: Int,
        trusting authority: CertificateAuthority,
        protocols: [String],
        identity: TestIdentity? = nil,
        newest: TLSVersion = .tlsv13,
        _ body: (inout TestClient) async throws -> Result
    ) async throws -> Result {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates([try NIOSSLCertificate(bytes: authority.certificateDER, format: .der)])
        tls.applicationProtocols = protocols
        tls.maximumTLSVersion = newest
        if let identity, let certificate = identity.certificate {
            tls.certificateChain = [.certificate(try NIOSSLCertificate(bytes: certificate, format: .der))]
            tls.privateKey = .privateKey(
                try NIOSSLPrivateKey(bytes: Array(identity.key.pemRepresentation.utf8), format: .pem)
            )
        }
        let context = try NIOSSLContext(configuration: tls)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try NIOSSLClientHandler(
                        context: context,
                        serverHostname: CertificateAuthority.coordinatorName
                    )
                    try channel.pipeline.syncOperations.addHandler(handler)
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var client = TestClient(outbound: outbound, iterator: inbound.makeAsyncIterator())
            return try await body(&client)
        }
    }

    private init(
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    ) {
        self.outbound = outbound
        self.iterator = iterator
    }

    func send(_ message: AgentMessage) async throws {
        try await send(bytes: FrameEncoder.encode(LinkCodec.encode(message)))
    }

    func send(bytes: [UInt8]) async throws {
        try await outbound.write(ByteBuffer(bytes: bytes))
    }

    /// Nil once the coordinator has closed the connection.
    mutating func next() async throws -> CoordinatorMessage? {
        while true {
            if let payload = try decoder.next() { return try LinkCodec.decodeCoordinatorMessage(payload) }
            guard let buffer = try await iterator.next() else { return nil }
            decoder.append(buffer.readableBytesView)
        }
    }
}
