import COpenSSL
import Glibc
import LinkMessages
import LinkProtocol

/// A coordinator's end for tests: a TLS server that never blocks, does what a test says, and remembers what it heard.
public final class TestServer {
    public struct Options {
        public var applicationProtocols = ["holdfast-link/1", "holdfast-enroll/1"]
        public var versionMin = TLS1_3_VERSION
        public var versionMax = TLS1_3_VERSION
        /// Asks for a certificate and lets every one pass, as the coordinator does: it judges afterwards.
        public var asksForCertificate = true
        /// Shows the authority's certificate behind its own.
        public var showsAuthority = true

        public init() {}
    }

    public let port: UInt16
    /// Everything that was received on any connection.
    public private(set) var received: [AgentMessage] = []
    public private(set) var connectionCount = 0
    /// DER of the certificate that the last client showed.
    public private(set) var clientCertificate: [UInt8]?
    private let listener: Int32
    private let context: OpaquePointer
    private let protocolList: [UInt8]
    private var connection: Connection?
    /// Answers messages as they come.
    public var answer: (AgentMessage, TestServer) -> Void = { _, _ in }

    private struct Connection {
        let ssl: OpaquePointer
        let socket: Int32
        var decoder = FrameDecoder()
        var isOpen = false
    }

    public init(
        _ certificate: TestCertificate,
        _ key: TestKey,
        _ authority: TestAuthority,
        _ options: Options = Options()
    ) {
        signal(SIGPIPE, SIG_IGN)
        context = SSL_CTX_new(TLS_server_method())!
        _ = SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(options.versionMin), nil)
        _ = SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(options.versionMax), nil)
        precondition(SSL_CTX_use_certificate(context, certificate.handle) == 1)
        precondition(SSL_CTX_use_PrivateKey(context, key.handle) == 1)
        if options.showsAuthority {
            X509_up_ref(authority.certificate.handle)
            _ = SSL_CTX_ctrl(
                context,
                SSL_CTRL_EXTRA_CHAIN_CERT,
                0,
                UnsafeMutableRawPointer(authority.certificate.handle)
            )
        }
        if options.asksForCertificate { SSL_CTX_set_verify(context, SSL_VERIFY_PEER) { _, _ in 1 } }
        protocolList = options.applicationProtocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        (listener, port) = Self.listen()
        let list = UnsafeMutablePointer<[UInt8]>.allocate(capacity: 1)
        list.initialize(to: protocolList)
        SSL_CTX_set_alpn_select_cb(
            context,
            { _, chosen, count, offered, offeredCount, argument in
                let list = argument!.assumingMemoryBound(to: [UInt8].self).pointee
                return list.withUnsafeBufferPointer { ours in
                    var name: UnsafeMutablePointer<UInt8>?
                    let verdict = SSL_select_next_proto(
                        &name,
                        count,
                        ours.baseAddress,
                        UInt32(ours.count),
                        offered,
                        offeredCount
                    )
                    guard verdict == OPENSSL_NPN_NEGOTIATED, let name else { return SSL_TLSEXT_ERR_NOACK }
                    // The client's own bytes: they live as long as the handshake.
                    var position = offered!
                    while position < offered! + Int(offeredCount) {
                        if position.pointee == count!.pointee, memcmp(position + 1, name, Int(count!.pointee)) == 0 {
                            chosen!.pointee = position + 1
                            return SSL_TLSEXT_ERR_OK
                        }
                        position += Int(position.pointee) + 1
                    }
                    return SSL_TLSEXT_ERR_NOACK
                }
            },
            list
        )
    }

    deinit {
        disconnect()
        close(listener)
        SSL_CTX_free(context)
    }

    public var isConnected: Bool { connection?.isOpen ?? false }

    public func send(_ message: CoordinatorMessage) { sendRaw(FrameEncoder.encode(LinkCodec.encode(message))) }

    /// Waits, 30 s at most, for a client that does not read.
    public func sendRaw(_ bytes: [UInt8]) {
        guard let connection else { return }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { SSL_write(connection.ssl, $0.baseAddress, Int32($0.count)) }
            if count > 0 {
                written += Int(count)
                continue
            }
            guard SSL_get_error(connection.ssl, count) == SSL_ERROR_WANT_WRITE else { return ERR_clear_error() }
            var full = pollfd(fd: connection.socket, events: Int16(POLLOUT), revents: 0)
            guard poll(&full, 1, 30_000) == 1 else { return }
        }
    }

    public func disconnect(politely: Bool = false) {
        guard let connection else { return }
        if politely { SSL_shutdown(connection.ssl) }
        ERR_clear_error()
        SSL_free(connection.ssl)
        close(connection.socket)
        self.connection = nil
    }

    /// Does what can be done without waiting.
    public func turn() {
        if connection == nil { accept() }
        guard var current = connection else { return }
        if !current.isOpen {
            let status = SSL_do_handshake(current.ssl)
            guard status == 1 else {
                let error = SSL_get_error(current.ssl, status)
                ERR_clear_error()
                if error != SSL_ERROR_WANT_READ, error != SSL_ERROR_WANT_WRITE { disconnect() }
                return
            }
            current.isOpen = true
            connectionCount += 1
            clientCertificate = SSL_get0_peer_certificate(current.ssl).map { handle in
                X509_up_ref(handle)
                return TestCertificate(handle: handle).der
            }
        }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var heard: [AgentMessage] = []
        while true {
            let count = SSL_read(current.ssl, &chunk, Int32(chunk.count))
            guard count > 0 else {
                let error = SSL_get_error(current.ssl, count)
                ERR_clear_error()
                connection = current
                if error != SSL_ERROR_WANT_READ { disconnect() }
                break
            }
            current.decoder.append(chunk[..<Int(count)])
            while let payload = try? current.decoder.next() {
                if let message = try? LinkCodec.decodeAgentMessage(payload) { heard.append(message) }
            }
        }
        for message in heard {
            received.append(message)
            answer(message, self)
        }
    }

    /// Waits until a client or its next bytes are there, or the time is over.
    public func wait(_ patience: Duration) {
        let (seconds, attoseconds) = patience.components
        var polled = [pollfd(fd: connection?.socket ?? listener, events: Int16(POLLIN), revents: 0)]
        poll(&polled, 1, Int32(seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }

    private func accept() {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return }
        _ = fcntl(client, F_SETFL, fcntl(client, F_GETFL) | O_NONBLOCK)
        let ssl = SSL_new(context)!
        SSL_set_fd(ssl, client)
        SSL_set_accept_state(ssl)
        connection = Connection(ssl: ssl, socket: client)
    }

    private static func listen() -> (Int32, UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                precondition(bind(descriptor, generic, size) == 0 && Glibc.listen(descriptor, 16) == 0)
                precondition(getsockname(descriptor, generic, &size) == 0)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        return (descriptor, port)
    }
}
