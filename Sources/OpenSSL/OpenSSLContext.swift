#if TLS
import Bytes
import COpenSSL
import TLS

/// The library's settings for many connections (SSL_CTX), with what all of ours have in common: TLS 1.2 and 1.3,
/// forward secrecy, authenticated ciphers, no renegotiation, no compression.
@safe final class OpenSSLContext {
    let pointer: OpaquePointer
    /// The leaf certificate of the identity; nil without one.
    private(set) var certificate: Certificate?

    /// The application protocol that we speak (RFC 7301): its length and name.
    static let protocolName: [UInt8] = [8] + Array("http/1.1".utf8)

    init(isServer: Bool) throws(TLSFault) {
        let method = unsafe isServer ? TLS_server_method() : TLS_client_method()
        guard let pointer = unsafe SSL_CTX_new(method) else { throw .ofLibrary() }
        unsafe self.pointer = unsafe pointer
        // TLS 1.3's ciphers are all good; of TLS 1.2 these remain.
        let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"
        guard unsafe copenssl_set_versions(pointer) == 1,
            unsafe SSL_CTX_set_cipher_list(pointer, ciphers) == 1,
            unsafe copenssl_set_groups(pointer, "X25519:P-256:P-384") == 1
        else { throw .ofLibrary() }
        unsafe copenssl_set_options(pointer)
        // An idle connection gives its buffers back.
        unsafe copenssl_set_mode(pointer, Int(SSL_MODE_RELEASE_BUFFERS))
        // Tickets hold the sessions that are resumed, so nothing is kept here.
        unsafe copenssl_keep_no_sessions(pointer)
        if isServer { unsafe SSL_CTX_set_num_tickets(pointer, 1) }
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    /// Presents this certificate and proves it with its key.
    func use(_ identity: TLSIdentity) throws(TLSFault) {
        let certificates = try Certificate.all(in: identity.certificates, from: identity.name)
        guard let leaf = certificates.first else {
            throw TLSFault("\(identity.name) holds no certificate in PEM form")
        }
        let key = try PrivateKey(pem: identity.key, from: identity.name)
        guard unsafe SSL_CTX_use_certificate(pointer, leaf.pointer) == 1 else {
            throw TLSFault("\(identity.name): the certificate cannot be used: \(TLSFault.ofLibrary())")
        }
        guard unsafe X509_check_private_key(leaf.pointer, key.pointer) == 1 else {
            throw TLSFault("\(identity.name): the key is not the certificate's")
        }
        guard unsafe SSL_CTX_use_PrivateKey(pointer, key.pointer) == 1 else {
            throw TLSFault("\(identity.name): the key cannot be used: \(TLSFault.ofLibrary())")
        }
        for issuer in certificates.dropFirst() {
            guard unsafe copenssl_add_chain_certificate(pointer, issuer.pointer) == 1 else { throw .ofLibrary() }
        }
        certificate = leaf
    }
}
#endif
