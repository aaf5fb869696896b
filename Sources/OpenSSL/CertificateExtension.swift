#if TLS
import Bytes
import COpenSSL
import TLS

/// One extension of a certificate or a request (RFC 5280, section 4.2).
@safe final class CertificateExtension {
    let pointer: OpaquePointer

    deinit { unsafe X509_EXTENSION_free(pointer) }

    /// Encodes the library's structure of an extension.
    private init(_ number: Int32, isCritical: Bool, _ content: UnsafeMutableRawPointer?) throws(TLSFault) {
        guard let pointer = unsafe X509V3_EXT_i2d(number, isCritical ? 1 : 0, content) else { throw .ofLibrary() }
        unsafe self.pointer = unsafe pointer
    }

    /// basicConstraints: no authority.
    static func noAuthority() throws(TLSFault) -> CertificateExtension {
        guard let constraints = unsafe BASIC_CONSTRAINTS_new() else { throw .ofLibrary() }
        defer { unsafe BASIC_CONSTRAINTS_free(constraints) }
        return try unsafe CertificateExtension(NID_basic_constraints, isCritical: true, constraints)
    }

    /// keyUsage: digitalSignature, which is bit 0.
    static func signing() throws(TLSFault) -> CertificateExtension {
        guard let usage = unsafe ASN1_BIT_STRING_new() else { throw .ofLibrary() }
        defer { unsafe ASN1_BIT_STRING_free(usage) }
        guard unsafe ASN1_BIT_STRING_set_bit(usage, 0, 1) == 1 else { throw .ofLibrary() }
        return try unsafe CertificateExtension(NID_key_usage, isCritical: true, usage)
    }

    /// extendedKeyUsage: serverAuth.
    static func forServers() throws(TLSFault) -> CertificateExtension {
        guard let usages = unsafe EXTENDED_KEY_USAGE_new() else { throw .ofLibrary() }
        defer { unsafe EXTENDED_KEY_USAGE_free(usages) }
        guard unsafe OPENSSL_sk_push(usages, UnsafeRawPointer(OBJ_nid2obj(NID_server_auth))) > 0 else {
            throw .ofLibrary()
        }
        return try unsafe CertificateExtension(
            NID_ext_key_usage, isCritical: false, UnsafeMutableRawPointer(usages))
    }

    /// subjectAltName: the names and addresses.
    static func names(_ names: CertificateNames) throws(TLSFault) -> CertificateExtension {
        guard let list = unsafe GENERAL_NAMES_new() else { throw .ofLibrary() }
        defer { unsafe GENERAL_NAMES_free(list) }
        for host in names.hosts { try unsafe append(Array(host.utf8), as: GEN_DNS, to: list) }
        for address in names.addresses { try unsafe append(address.bytes, as: GEN_IPADD, to: list) }
        return try unsafe CertificateExtension(
            NID_subject_alt_name, isCritical: false, UnsafeMutableRawPointer(list))
    }

    private static func append(_ bytes: [UInt8], as type: Int32, to list: OpaquePointer) throws(TLSFault) {
        let form = type == GEN_DNS ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING
        guard let text = unsafe ASN1_STRING_type_new(form) else { throw .ofLibrary() }
        guard unsafe ASN1_STRING_set(text, bytes, Int32(clamping: bytes.count)) == 1,
            let name = unsafe GENERAL_NAME_new()
        else {
            unsafe ASN1_STRING_free(text)
            throw .ofLibrary()
        }
        // The name owns the text from here on, and the list owns the name.
        unsafe GENERAL_NAME_set0_value(name, type, text)
        guard unsafe OPENSSL_sk_push(list, name) > 0 else {
            unsafe GENERAL_NAME_free(name)
            throw .ofLibrary()
        }
    }
}
#endif
