#if TLS
import Bytes
import COpenSSL
import TLS

extension OpenSSLLibrary: CertificateLibrary {
    public func makeKey() throws(TLSFault) -> [UInt8] { try PrivateKey.makeP256().pem() }

    public func makeCertificate(_ draft: CertificateDraft, key: [UInt8]) throws(TLSFault) -> [UInt8] {
        try Certificate.selfSigned(draft, key: PrivateKey(pem: key, from: "the key")).pem()
    }

    public func makeSigningRequest(
        for names: CertificateNames, subject: String, key: [UInt8]
    ) throws(TLSFault) -> [UInt8] {
        try SigningRequest.pem(for: names, subject: subject, key: PrivateKey(pem: key, from: "the key"))
    }

    public func certificates(in text: [UInt8], from name: String) throws(TLSFault) -> [CertificateDetails] {
        var all: [CertificateDetails] = []
        for certificate in try Certificate.all(in: text, from: name) {
            guard let details = certificate.details else {
                throw TLSFault("\(name): the dates or the key of certificate \(all.count + 1) cannot be read")
            }
            all.append(details)
        }
        return all
    }

    public func publicKeyFingerprint(ofKey key: [UInt8], from name: String) throws(TLSFault) -> [UInt8] {
        try PrivateKey(pem: key, from: name).publicKeyFingerprint()
    }

    public func issuers(in text: [UInt8], from name: String) throws(TLSFault) -> [[Int]] {
        let all = try Certificate.all(in: text, from: name)
        guard all.count <= CertificateChain.countMax else {
            throw TLSFault(
                "\(name) holds \(all.count) certificates, which is no chain: at most \(CertificateChain.countMax)")
        }
        return all.map { certificate in all.indices.filter { certificate.isSigned(by: all[$0]) } }
    }
}

extension Certificate {
    /// The certificate described; nil if its dates or its key cannot be read.
    fileprivate var details: CertificateDetails? {
        guard let notBefore, let notAfter, let key = unsafe X509_get0_pubkey(pointer) else { return nil }
        let (fingerprint, publicKey) = (fingerprint, publicKeyFingerprint)
        guard !fingerprint.isEmpty, !publicKey.isEmpty else { return nil }
        // The first call reads the extensions, on which the others depend.
        let isAuthority = unsafe X509_check_ca(pointer) == 1
        return CertificateDetails(
            subject: commonName, issuer: issuerName, names: alternativeNames ?? [], notBefore: notBefore,
            notAfter: notAfter,
            fingerprint: fingerprint, publicKeyFingerprint: publicKey,
            isSelfSigned: unsafe X509_self_signed(pointer, 1) == 1, isAuthority: isAuthority,
            isForServers: unsafe X509_check_purpose(pointer, X509_PURPOSE_SSL_SERVER, 0) == 1,
            keyKind: unsafe PrivateKey.kind(of: key))
    }

    /// Whether another certificate's key, or this one's, has signed this certificate.
    fileprivate func isSigned(by issuer: Certificate) -> Bool {
        ERR_clear_error()
        guard unsafe X509_NAME_cmp(X509_get_issuer_name(pointer), X509_get_subject_name(issuer.pointer)) == 0,
            let key = unsafe X509_get0_pubkey(issuer.pointer)
        else { return false }
        return unsafe X509_verify(pointer, key) == 1
    }
}
#endif
