import TLS

#if TLS
import OpenSSL
#endif

/// The library for TLS and certificates of this build.
enum BuildTLS {
    /// Nil in a build without the package trait `TLS`.
    static var library: (any TLSLibrary & CertificateLibrary)? {
        #if TLS
        OpenSSLLibrary()
        #else
        nil
        #endif
    }
}
