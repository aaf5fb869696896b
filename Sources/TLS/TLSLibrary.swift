import Bytes

/// A library that speaks TLS. The default build has none.
public protocol TLSLibrary: Sendable {
    /// The library's name and version, for `stationd --version`.
    var name: String { get }

    /// Prepares to accept connections.
    ///
    /// - Parameter identities: the certificates and keys, at least one. A client that asks for a name gets the first
    ///   that is for this name, all others get the first.
    /// - Throws: if a certificate or a key cannot be used; the fault names it.
    func makeServer(_ identities: [TLSIdentity]) throws(TLSFault) -> any TLSServer

    /// Prepares to connect to a server.
    ///
    /// - Throws: if a certificate or a key cannot be used; the fault names it.
    func makeClient(_ trust: TLSTrust, identity: TLSIdentity?) throws(TLSFault) -> any TLSClient
}

/// A certificate with the chain to its issuer, and its private key, both as PEM (RFC 7468).
public struct TLSIdentity: Hashable, Sendable {
    /// The certificate first, then the intermediate ones in their order.
    public var certificates: [UInt8]
    /// The private key without a passphrase.
    public var key: [UInt8]
    /// Where it is from, for messages: a path.
    public var name: String

    /// Creates an identity from PEM texts.
    public init(certificates: [UInt8], key: [UInt8], name: String) {
        self.certificates = certificates
        self.key = key
        self.name = name
    }
}

/// Whom a client believes that it is the server.
public enum TLSTrust: Hashable, Sendable {
    /// Servers with a certificate for the name, issued by one of these authorities (PEM).
    case authorities([UInt8])
    /// The server with exactly this certificate or key, whatever name and dates the certificate has.
    case pinned(TLSPin)
}

/// What a server is known by, instead of an issuer.
public enum TLSPin: Hashable, Sendable {
    /// The SHA-256 of the whole certificate, as browsers show it.
    case certificate([UInt8])
    /// The SHA-256 of the public key (SubjectPublicKeyInfo), which a renewed certificate keeps.
    case publicKey([UInt8])

    /// Reads a certificate's fingerprint, 64 hexadecimal digits with or without colons, or a key's, `sha256//` and
    /// Base64 as curl has it. Nil for anything else.
    public init?(text: String) {
        let prefix = "sha256//"
        if text.hasPrefix(prefix) {
            guard let bytes = Base64.decode(text.utf8.dropFirst(prefix.utf8.count)), bytes.count == 32
            else { return nil }
            self = .publicKey(bytes)
        } else {
            guard let bytes = Hex.decode(text.utf8.filter { $0 != 0x3A }), bytes.count == 32 else { return nil }
            self = .certificate(bytes)
        }
    }
}
