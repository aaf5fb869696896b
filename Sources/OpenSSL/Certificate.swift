#if TLS
import Bytes
import COpenSSL
import TLS

/// An X.509 certificate in memory.
@safe final class Certificate {
    let pointer: OpaquePointer

    /// Takes over a reference.
    init(owning pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe X509_free(pointer) }

    /// The most certificates of one text; system roots are about 150.
    static let countMax = 1_000

    /// All certificates of a PEM text, in their order.
    ///
    /// - Parameter name: where the text is from, for the fault.
    static func all(in pem: [UInt8], from name: String) throws(TLSFault) -> [Certificate] {
        guard let bio = unsafe PEMText.bio(of: pem) else { throw .ofLibrary() }
        defer { unsafe BIO_free(bio) }
        var certificates: [Certificate] = []
        ERR_clear_error()
        while certificates.count < countMax,
            let next = unsafe PEM_read_bio_X509(bio, nil, PEMText.noPassphrase, nil)
        {
            certificates.append(unsafe Certificate(owning: next))
        }
        // The end of the text is reported as the lack of another beginning.
        guard certificates.count == countMax || PEMText.isAtEnd else {
            throw TLSFault("\(name): certificate \(certificates.count + 1) is damaged: \(TLSFault.ofLibrary())")
        }
        return certificates
    }

    /// Whether it is for a name or an IP address (RFC 6125).
    func isFor(_ host: String) -> Bool {
        if IPAddress(text: host) != nil { return unsafe X509_check_ip_asc(pointer, host, 0) == 1 }
        return unsafe X509_check_host(pointer, host, host.utf8.count, 0, nil) == 1
    }

    /// The SHA-256 of the whole certificate.
    var fingerprint: [UInt8] {
        unsafe digest { bytes, count in unsafe X509_digest(pointer, EVP_sha256(), bytes, count) }
    }

    /// The SHA-256 of the public key (SubjectPublicKeyInfo).
    var publicKeyFingerprint: [UInt8] {
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_X509_PUBKEY(X509_get_X509_PUBKEY(pointer), &encoded)
        defer { unsafe CRYPTO_free(encoded, "", 0) }
        guard count > 0, let encoded = unsafe encoded else { return [] }
        return unsafe digest { bytes, length in
            unsafe EVP_Digest(encoded, Int(count), bytes, length, EVP_sha256(), nil)
        }
    }

    private func digest(
        _ compute: (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt32>?) -> Int32
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let result = unsafe bytes.withUnsafeMutableBufferPointer { unsafe compute($0.baseAddress, &count) }
        return result == 1 ? Array(bytes.prefix(Int(count))) : []
    }

    /// The first moment at which it is valid.
    var notBefore: Timestamp? { unsafe Self.time(X509_get0_notBefore(pointer)) }
    /// The last moment at which it is valid.
    var notAfter: Timestamp? { unsafe Self.time(X509_get0_notAfter(pointer)) }

    private static func time(_ asn1: UnsafePointer<ASN1_TIME>?) -> Timestamp? {
        var (days, seconds): (Int32, Int32) = (0, 0)
        guard let epoch = unsafe ASN1_TIME_set(nil, 0) else { return nil }
        defer { unsafe ASN1_STRING_free(epoch) }
        guard unsafe ASN1_TIME_diff(&days, &seconds, epoch, asn1) == 1 else { return nil }
        return Timestamp(milliseconds: (Int64(days) * 86_400 + Int64(seconds)) * 1_000)
    }

    /// The names and IP addresses that it is for (subjectAltName), or its common name if it has none.
    var names: [String] { alternativeNames ?? commonName.map { [$0] } ?? [] }

    /// The names and IP addresses in the extension subjectAltName; nil without it.
    var alternativeNames: [String]? {
        guard let extensions = unsafe X509_get_ext_d2i(pointer, NID_subject_alt_name, nil, nil) else { return nil }
        let list = OpaquePointer(extensions)
        defer { unsafe GENERAL_NAMES_free(list) }
        var names: [String] = []
        let count = unsafe OPENSSL_sk_num(list)
        for index in 0..<count {
            guard let value = unsafe OPENSSL_sk_value(list, index) else { continue }
            var type: Int32 = 0
            let entry = unsafe value.assumingMemoryBound(to: GENERAL_NAME.self)
            guard let content = unsafe GENERAL_NAME_get0_value(entry, &type) else { continue }
            let bytes = unsafe Self.bytes(of: content.assumingMemoryBound(to: ASN1_STRING.self), if: type)
            if type == GEN_DNS {
                names.append(String(decoding: bytes, as: UTF8.self))
            } else if type == GEN_IPADD, let address = IPAddress(bytes: bytes) {
                names.append(address.description)
            }
        }
        return names
    }

    private static func bytes(of text: UnsafePointer<ASN1_STRING>, if type: Int32) -> [UInt8] {
        guard type == GEN_DNS || type == GEN_IPADD, let data = unsafe ASN1_STRING_get0_data(text) else { return [] }
        return unsafe Array(UnsafeBufferPointer(start: data, count: Int(ASN1_STRING_length(text))))
    }

    /// The common name of the subject.
    var commonName: String? { unsafe Self.commonName(in: X509_get_subject_name(pointer)) }
    /// The common name of the issuer.
    var issuerName: String? { unsafe Self.commonName(in: X509_get_issuer_name(pointer)) }

    private static func commonName(in name: OpaquePointer?) -> String? {
        var bytes = [CChar](repeating: 0, count: 256)
        let count = unsafe X509_NAME_get_text_by_NID(name, NID_commonName, &bytes, Int32(bytes.count))
        guard count > 0 else { return nil }
        return String(decoding: bytes.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
#endif
