#if TLS
    import COpenSSL
    import TLS

    /// TLS by OpenSSL.
    public struct OpenSSLLibrary: TLSLibrary {
        /// Creates the library's interface. It keeps no state.
        public init() {}

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
