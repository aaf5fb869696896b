#if TLS
import COpenSSL
import TLS

/// TLS by OpenSSL.
public struct OpenSSLLibrary: TLSLibrary {
    /// Creates the library's interface. It keeps no state.
    ///
    /// The library's configuration file is not read (OPENSSL_init_ssl(3)): it may name modules to load, which a
    /// static program cannot, and somebody else's settings would be ours.
    public init() { OPENSSL_init_ssl(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil) }

    public var name: String {
        unsafe String(cString: OpenSSL_version(OPENSSL_VERSION)).split(separator: " ").prefix(2).joined(
            separator: " ")
    }

    public func makeServer(_ identities: [TLSIdentity]) throws(TLSFault) -> any TLSServer {
        try OpenSSLServer(identities)
    }

    public func makeClient(_ trust: TLSTrust, identity: TLSIdentity?) throws(TLSFault) -> any TLSClient {
        try OpenSSLClient(trust, identity: identity)
    }
}
#endif
