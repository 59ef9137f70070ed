import COpenSSL

/// What a coordinator's certificate must be, beyond what OpenSSL checks in the handshake.
enum ServerTrust {
    /// That the leaf says it is a server's: OpenSSL lets one without extended key usages pass, and a node's
    /// certificate must not play coordinator.
    static func requireServerCertificate(_ ssl: OpaquePointer) throws(LinkFailure) {
        guard let leaf = SSL_get0_peer_certificate(ssl), holdfast_is_server_certificate(leaf) == 1 else {
            throw .untrusted(reason: "it is not a server's certificate")
        }
    }

    /// That the chain leads to the authority whose key a join token pins.
    ///
    /// - Returns: the authority.
    static func requirePinned(_ ssl: OpaquePointer, pin: [UInt8]) throws(LinkFailure) -> Certificate {
        guard let leaf = SSL_get0_peer_certificate(ssl), let chain = SSL_get_peer_cert_chain(ssl) else {
            throw .untrusted(reason: "it showed none")
        }
        for index in 0..<holdfast_certificate_count(chain) {
            guard let handle = holdfast_certificate_at(chain, index) else { continue }
            let candidate = Certificate(retaining: handle)
            guard candidate.publicKeyPin == pin else { continue }
            try verify(leaf, chain, against: candidate)
            return candidate
        }
        throw .untrusted(reason: "it is not of the authority that the join token names")
    }

    private static func verify(
        _ leaf: OpaquePointer,
        _ chain: OpaquePointer,
        against authority: borrowing Certificate
    ) throws(LinkFailure) {
        defer { OpenSSLError.drain() }
        guard let store = X509_STORE_new(), let context = X509_STORE_CTX_new() else { preconditionFailure("no memory") }
        defer {
            X509_STORE_CTX_free(context)
            X509_STORE_free(store)
        }
        guard X509_STORE_add_cert(store, authority.handle) == 1,
            X509_STORE_CTX_init(context, store, leaf, chain) == 1,
            X509_STORE_CTX_set_default(context, "ssl_server") == 1,
            let parameters = X509_STORE_CTX_get0_param(context),
            X509_VERIFY_PARAM_set1_host(parameters, TLSContext.coordinatorName, 0) == 1
        else { throw .untrusted(reason: "it could not be checked") }
        X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
        guard X509_verify_cert(context) == 1 else {
            throw .untrusted(reason: VerifyResult.text(Int(X509_STORE_CTX_get_error(context))))
        }
    }
}

/// An `X509_V_ERR_` code as text.
enum VerifyResult {
    static func text(_ code: Int) -> String {
        let text = String(cString: X509_verify_cert_error_string(code))
        switch Int32(code) {
        case X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED: return "\(text) (is this node's clock right?)"
        default: return text
        }
    }
}
