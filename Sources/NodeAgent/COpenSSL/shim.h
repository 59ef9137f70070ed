#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// What OpenSSL offers as macros or variadic functions, which Swift cannot call.

static inline EVP_PKEY *holdfast_generate_p256(void) { return EVP_EC_gen("P-256"); }

static inline int holdfast_require_tls13(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1
        && SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1;
}

static inline void holdfast_set_stream_modes(SSL_CTX *context) {
    SSL_CTX_set_mode(context,
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
}

static inline int holdfast_set_server_name(SSL *ssl, const char *name) {
    return SSL_set_tlsext_host_name(ssl, name) == 1;
}

static inline int holdfast_certificate_count(const STACK_OF(X509) *chain) { return sk_X509_num(chain); }

static inline X509 *holdfast_certificate_at(const STACK_OF(X509) *chain, int index) {
    return sk_X509_value(chain, index);
}

static inline long holdfast_memory(BIO *bio, char **start) { return BIO_get_mem_data(bio, start); }

static inline int holdfast_is_server_certificate(X509 *certificate) {
    return (X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0
        && (X509_get_extended_key_usage(certificate) & XKU_SSL_SERVER) != 0;
}

static inline void holdfast_disable_sessions(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}
