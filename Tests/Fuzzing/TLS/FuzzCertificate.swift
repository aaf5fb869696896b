#if TLS
import TLS

/// The certificate that the fuzzed machines present and trust. It is for tests alone, and for a hundred years.
enum FuzzCertificate {
    static let identity = TLSIdentity(certificates: Array(certificate.utf8), key: Array(key.utf8), name: "fuzzer")

    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBjzCCATWgAwIBAgIUJiRlpMxfRt8FRQqoGpOdXdpQKwgwCgYIKoZIzj0EAwIw
        ETEPMA0GA1UEAwwGRnV6emVyMCAXDTI2MTIwMTExNTgzMloYDzIxMjYxMTA3MTE1
        ODMyWjARMQ8wDQYDVQQDDAZGdXp6ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
        AASDhTSlQxUcBG5GR930WpqwecqAeaglCV9tGvA+S7zLTIw3edv+gHIFUPURSzXP
        AkgcV3Jhjfz2Uja6C1U+T1uMo2kwZzAdBgNVHQ4EFgQUSjcoVkQtB6MXXGpPsFNJ
        MaUsPd0wHwYDVR0jBBgwFoAUSjcoVkQtB6MXXGpPsFNJMaUsPd0wDwYDVR0TAQH/
        BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwIDSAAwRQIg
        RvvbnzaHYn4fz5DsW0BC93W8Xv64BiOL8XJnQvi8rvQCIQDSTwB8WnRHa0ILoCjP
        3uVUHDqzi7hSQqYUSk+jSVXDNA==
        -----END CERTIFICATE-----
        """

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwv32osw15lVxcD9u
        1OyUnWxPqrG8iMWYbCAbqWxcm7ahRANCAASDhTSlQxUcBG5GR930WpqwecqAeagl
        CV9tGvA+S7zLTIw3edv+gHIFUPURSzXPAkgcV3Jhjfz2Uja6C1U+T1uM
        -----END PRIVATE KEY-----
        """
}
#endif
