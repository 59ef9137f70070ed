import COpenSSL
import LinkProtocol
import Model

/// What every TLS connection of one kind shares. TLS 1.3 only, one ALPN protocol.
struct TLSContext: ~Copyable {
    /// The DNS name that every coordinator's certificate carries, whatever the name of its host.
    static let coordinatorName = "holdfast-coordinator"

    let handle: OpaquePointer
    let applicationProtocol: String

    /// For the link: the coordinator must be of the authority; the node shows its own certificate.
    static func link(_ identity: borrowing Identity) throws(OpenSSLError) -> TLSContext {
        let context = try TLSContext(ApplicationProtocol.link)
        SSL_CTX_set_verify(context.handle, SSL_VERIFY_PEER, nil)
        guard X509_STORE_add_cert(SSL_CTX_get_cert_store(context.handle), identity.authority.handle) == 1,
            SSL_CTX_use_certificate(context.handle, identity.certificate.handle) == 1,
            SSL_CTX_use_PrivateKey(context.handle, identity.key.handle) == 1,
            SSL_CTX_check_private_key(context.handle) == 1
        else { throw OpenSSLError("setting up TLS with the node's certificate") }
        return context
    }

    /// For enrolment: nothing is known of the authority but its pin, so `PinnedTrust` judges after the handshake, and
    /// before a byte is sent.
    static func enrolment() throws(OpenSSLError) -> TLSContext {
        let context = try TLSContext(ApplicationProtocol.enrolment)
        SSL_CTX_set_verify(context.handle, SSL_VERIFY_NONE, nil)
        return context
    }

    private init(_ applicationProtocol: String) throws(OpenSSLError) {
        guard let handle = SSL_CTX_new(TLS_client_method()) else { throw OpenSSLError("setting up TLS") }
        let name = Array(applicationProtocol.utf8)
        let list = [UInt8(name.count)] + name
        // SSL_CTX_set_alpn_protos returns 0 for success.
        guard holdfast_require_tls13(handle) == 1, SSL_CTX_set_alpn_protos(handle, list, UInt32(list.count)) == 0 else {
            SSL_CTX_free(handle)
            throw OpenSSLError("setting up TLS 1.3")
        }
        holdfast_set_stream_modes(handle)
        // A link lives for days and is never resumed; tickets would only cost memory.
        holdfast_disable_sessions(handle)
        self.handle = handle
        self.applicationProtocol = applicationProtocol
    }

    deinit { SSL_CTX_free(handle) }

    /// A connection over an open socket, about to shake hands as the client.
    func connection(over socket: Int32) throws(OpenSSLError) -> OpaquePointer {
        guard let ssl = SSL_new(handle) else { throw OpenSSLError("opening a TLS connection") }
        SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_WILDCARDS))
        guard SSL_set_fd(ssl, socket) == 1, holdfast_set_server_name(ssl, Self.coordinatorName) == 1,
            SSL_set1_host(ssl, Self.coordinatorName) == 1
        else {
            SSL_free(ssl)
            throw OpenSSLError("opening a TLS connection")
        }
        SSL_set_connect_state(ssl)
        return ssl
    }
}
