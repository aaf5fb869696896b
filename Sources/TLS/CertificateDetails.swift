import Bytes

/// What a certificate says, for people and for the rules that it must keep.
public struct CertificateDetails: Hashable, Sendable {
    /// The common name of the subject; nil without one.
    public var subject: String?
    /// The common name of the issuer; nil without one.
    public var issuer: String?
    /// The names and addresses that it is for, as text (subjectAltName). Most clients look at no other name.
    public var names: [String]
    /// The first moment at which it is valid.
    public var notBefore: Timestamp
    /// The last moment at which it is valid.
    public var notAfter: Timestamp
    /// The SHA-256 of the whole certificate.
    public var fingerprint: [UInt8]
    /// The SHA-256 of the public key (SubjectPublicKeyInfo).
    public var publicKeyFingerprint: [UInt8]
    /// Whether its own key has signed it.
    public var isSelfSigned: Bool
    /// Whether it may issue certificates (basicConstraints).
    public var isAuthority: Bool
    /// Whether a server may present it (keyUsage, extendedKeyUsage).
    public var isForServers: Bool
    /// The sort of the key: `P-256`, `RSA 2048`.
    public var keyKind: String

    /// Creates the description of a certificate.
    public init(
        subject: String?, issuer: String?, names: [String], notBefore: Timestamp, notAfter: Timestamp,
        fingerprint: [UInt8], publicKeyFingerprint: [UInt8], isSelfSigned: Bool, isAuthority: Bool, isForServers: Bool,
        keyKind: String
    ) {
        self.subject = subject
        self.issuer = issuer
        self.names = names
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.fingerprint = fingerprint
        self.publicKeyFingerprint = publicKeyFingerprint
        self.isSelfSigned = isSelfSigned
        self.isAuthority = isAuthority
        self.isForServers = isForServers
        self.keyKind = keyKind
    }

    /// The fingerprint as browsers show it: hexadecimal pairs with colons between them.
    public var fingerprintText: String {
        fingerprint.map { Hex.encode([$0]).uppercased() }.joined(separator: ":")
    }

    /// The public key's fingerprint as curl has it: `sha256//` and Base64.
    public var publicKeyText: String { "sha256//\(Base64.encode(publicKeyFingerprint))" }
}
