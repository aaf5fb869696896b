import Bytes
import TLS

/// A certificate that somebody has installed or wants to install, read and judged.
struct InstalledCertificate {
    /// Those in the text, in their order.
    let certificates: [CertificateDetails]
    /// The judgement on all of them and the key. Unless it has a `keyFault`, there is at least one certificate.
    let chain: CertificateChain
    /// To present.
    let identity: TLSIdentity

    /// Reads a text with the certificate and its chain, and with its private key if that is not the station's.
    ///
    /// - Parameters:
    ///   - ownKey: the station's key and its fingerprint.
    ///   - name: where the text is from, for faults.
    /// - Throws: if a certificate or the key in the text is damaged.
    init(
        _ text: [UInt8], ownKey: (key: [UInt8], fingerprint: [UInt8]), from name: String,
        _ library: any CertificateLibrary, at now: Timestamp
    ) throws(TLSFault) {
        let hasKey = CertificateFiles.hasKey(text)
        let fingerprint = hasKey ? try library.publicKeyFingerprint(ofKey: text, from: name) : ownKey.fingerprint
        certificates = try library.certificates(in: text, from: name)
        chain = CertificateChain(
            certificates, issuers: try library.issuers(in: text, from: name), key: fingerprint,
            keyName: hasKey ? "the key that came with it" : "the station's key", at: now)
        identity = TLSIdentity(certificates: text, key: hasKey ? text : ownKey.key, name: name)
    }
}
