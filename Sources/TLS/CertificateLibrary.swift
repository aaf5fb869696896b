import Bytes

/// A library that makes and reads certificates (X.509, RFC 5280), their keys and requests for them. The default build
/// has none. All texts are PEM (RFC 7468).
public protocol CertificateLibrary: Sendable {
    /// Makes a private key on the curve P-256, in PKCS#8.
    func makeKey() throws(TLSFault) -> [UInt8]

    /// Makes a certificate that its own key has signed, for a server and no authority.
    func makeCertificate(_ draft: CertificateDraft, key: [UInt8]) throws(TLSFault) -> [UInt8]

    /// Makes a signing request (PKCS#10, RFC 2986), with which an authority makes a certificate for this key.
    func makeSigningRequest(
        for names: CertificateNames, subject: String, key: [UInt8]
    ) throws(TLSFault) -> [UInt8]

    /// Describes all certificates of a text, in their order; none if there is none.
    ///
    /// - Parameter name: where the text is from, for the fault.
    /// - Throws: if one of them is damaged.
    func certificates(in text: [UInt8], from name: String) throws(TLSFault) -> [CertificateDetails]

    /// The SHA-256 of the public half of a private key (SubjectPublicKeyInfo), which a certificate of this key shares.
    ///
    /// - Parameter name: where the key is from, for the fault.
    /// - Throws: if there is no key, or if it is damaged or has a passphrase.
    func publicKeyFingerprint(ofKey key: [UInt8], from name: String) throws(TLSFault) -> [UInt8]

    /// For each certificate of a text the places of those that have signed it, itself among them if it is self-signed.
    /// A chain is in order if each is signed by the next.
    ///
    /// O(n squared) for n certificates, of which there are at most `CertificateChain.countMax`.
    func issuers(in text: [UInt8], from name: String) throws(TLSFault) -> [[Int]]
}

/// What a certificate or a request is for: names and addresses (subjectAltName, RFC 5280, section 4.2.1.6).
public struct CertificateNames: Hashable, Sendable {
    /// DNS names in lower case.
    public var hosts: [String]
    /// IP addresses.
    public var addresses: [IPAddress]

    /// Creates the names of a certificate.
    public init(hosts: [String] = [], addresses: [IPAddress] = []) {
        self.hosts = hosts
        self.addresses = addresses
    }

    /// All of them as text: the names, then the addresses.
    public var texts: [String] { hosts + addresses.map(\.description) }
}

/// A certificate to be made.
public struct CertificateDraft: Hashable, Sendable {
    /// The common name of subject and issuer, at most 64 characters.
    public var subject: String
    /// What it is for.
    public var names: CertificateNames
    /// The first moment at which it is valid; whole seconds count.
    public var notBefore: Timestamp
    /// The last moment at which it is valid; whole seconds count.
    public var notAfter: Timestamp

    /// Creates the draft of a certificate.
    public init(subject: String, names: CertificateNames, notBefore: Timestamp, notAfter: Timestamp) {
        self.subject = subject
        self.names = names
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}
