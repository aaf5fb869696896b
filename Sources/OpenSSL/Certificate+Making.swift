#if TLS
import Bytes
import COpenSSL
import TLS

/// Making certificates and requests for them.
extension Certificate {
    /// Makes a certificate that its own key signs (X.509 version 3, SHA-256).
    static func selfSigned(_ draft: CertificateDraft, key: PrivateKey) throws(TLSFault) -> Certificate {
        ERR_clear_error()
        guard let pointer = unsafe X509_new() else { throw .ofLibrary() }
        let certificate = unsafe Certificate(owning: pointer)
        // Version 3 is written as 2 (RFC 5280, section 4.1.2.1).
        guard unsafe X509_set_version(pointer, 2) == 1, unsafe X509_set_pubkey(pointer, key.pointer) == 1 else {
            throw .ofLibrary()
        }
        try certificate.setSerialNumber()
        try unsafe setTime(X509_getm_notBefore(pointer), draft.notBefore)
        try unsafe setTime(X509_getm_notAfter(pointer), draft.notAfter)
        try unsafe setCommonName(X509_get_subject_name(pointer), draft.subject)
        try unsafe setCommonName(X509_get_issuer_name(pointer), draft.subject)
        try certificate.add(CertificateExtension.noAuthority())
        try certificate.add(CertificateExtension.signing())
        try certificate.add(CertificateExtension.forServers())
        try certificate.add(CertificateExtension.names(draft.names))
        guard unsafe X509_sign(pointer, key.pointer, EVP_sha256()) > 0 else { throw .ofLibrary() }
        return certificate
    }

    /// The certificate as PEM.
    func pem() throws(TLSFault) -> [UInt8] {
        try unsafe PEMText.written { bio in unsafe PEM_write_bio_X509(bio, pointer) }
    }

    /// A random number of 159 bits: positive, and 20 octets long (RFC 5280, section 4.1.2.2).
    private func setSerialNumber() throws(TLSFault) {
        guard let number = unsafe BN_new() else { throw .ofLibrary() }
        defer { unsafe BN_free(number) }
        guard unsafe BN_rand(number, 159, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1,
            unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(pointer)) != nil
        else { throw .ofLibrary() }
    }

    private func add(_ addition: CertificateExtension) throws(TLSFault) {
        guard unsafe X509_add_ext(pointer, addition.pointer, -1) == 1 else { throw .ofLibrary() }
    }

    private static func setTime(_ field: UnsafeMutablePointer<ASN1_TIME>?, _ time: Timestamp) throws(TLSFault) {
        guard unsafe ASN1_TIME_set(field, Int(time.seconds)) != nil else { throw .ofLibrary() }
    }

    fileprivate static func setCommonName(_ name: OpaquePointer?, _ text: String) throws(TLSFault) {
        let bytes = Array(text.utf8)
        guard
            unsafe X509_NAME_add_entry_by_NID(
                name, NID_commonName, MBSTRING_UTF8, bytes, Int32(clamping: bytes.count), -1, 0) == 1
        else { throw .ofLibrary() }
    }
}

/// A request that an authority sign a certificate (PKCS#10, RFC 2986).
enum SigningRequest {
    /// Makes the request as PEM, with the names among the requested extensions.
    static func pem(
        for names: CertificateNames, subject: String, key: PrivateKey
    ) throws(TLSFault) -> [UInt8] {
        ERR_clear_error()
        guard let request = unsafe X509_REQ_new() else { throw .ofLibrary() }
        defer { unsafe X509_REQ_free(request) }
        guard unsafe X509_REQ_set_version(request, 0) == 1,
            unsafe X509_REQ_set_pubkey(request, key.pointer) == 1
        else { throw .ofLibrary() }
        try unsafe Certificate.setCommonName(X509_REQ_get_subject_name(request), subject)
        try unsafe addExtensions(for: names, to: request)
        guard unsafe X509_REQ_sign(request, key.pointer, EVP_sha256()) > 0 else { throw .ofLibrary() }
        return try unsafe PEMText.written { bio in unsafe PEM_write_bio_X509_REQ(bio, request) }
    }

    private static func addExtensions(
        for names: CertificateNames, to request: OpaquePointer
    ) throws(TLSFault) {
        let extensions = [
            try CertificateExtension.signing(), try CertificateExtension.forServers(),
            try CertificateExtension.names(names),
        ]
        // The list does not own what is in it.
        guard let list = unsafe OPENSSL_sk_new_null() else { throw .ofLibrary() }
        defer { unsafe OPENSSL_sk_free(list) }
        for each in extensions {
            guard unsafe OPENSSL_sk_push(list, UnsafeRawPointer(each.pointer)) > 0 else { throw .ofLibrary() }
        }
        let result = withExtendedLifetime(extensions) { unsafe X509_REQ_add_extensions(request, list) }
        guard result == 1 else { throw .ofLibrary() }
    }
}
#endif
