#if TLS
import COpenSSL
import TLS

/// A private key in memory.
@safe final class PrivateKey {
    let pointer: OpaquePointer

    /// Takes over a reference.
    init(owning pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    /// Reads the first private key of a PEM text.
    ///
    /// - Parameter name: where the text is from, for the fault.
    convenience init(pem: [UInt8], from name: String) throws(TLSFault) {
        guard let bio = unsafe PEMText.bio(of: pem) else { throw .ofLibrary() }
        defer { unsafe BIO_free(bio) }
        ERR_clear_error()
        guard let key = unsafe PEM_read_bio_PrivateKey(bio, nil, PEMText.noPassphrase, nil) else {
            // For a text without a key, the library says no more than that it is unsupported.
            if !PEMText.hasPrivateKey(pem) { throw TLSFault("\(name) holds no private key in PEM form") }
            throw TLSFault("\(name): the private key is damaged or has a passphrase: \(TLSFault.ofLibrary())")
        }
        unsafe self.init(owning: key)
    }

    /// Makes a key on the curve P-256.
    static func makeP256() throws(TLSFault) -> PrivateKey {
        ERR_clear_error()
        guard let key = unsafe copenssl_make_p256() else { throw .ofLibrary() }
        return unsafe PrivateKey(owning: key)
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    /// The key as PEM, in PKCS#8 without a passphrase.
    func pem() throws(TLSFault) -> [UInt8] {
        try unsafe PEMText.written { bio in
            unsafe PEM_write_bio_PKCS8PrivateKey(bio, pointer, nil, nil, 0, nil, nil)
        }
    }

    /// The SHA-256 of the public half (SubjectPublicKeyInfo).
    func publicKeyFingerprint() throws(TLSFault) -> [UInt8] {
        var encoded: UnsafeMutablePointer<UInt8>?
        ERR_clear_error()
        let count = unsafe i2d_PUBKEY(pointer, &encoded)
        defer { unsafe CRYPTO_free(encoded, "", 0) }
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        guard count > 0, let encoded = unsafe encoded,
            unsafe EVP_Digest(encoded, Int(count), &bytes, &length, EVP_sha256(), nil) == 1
        else { throw .ofLibrary() }
        return Array(bytes.prefix(Int(length)))
    }

    /// The sort of a key, private or public: `P-256`, `RSA 2048`.
    static func kind(of key: OpaquePointer?) -> String {
        guard let key = unsafe key else { return "unknown" }
        switch unsafe EVP_PKEY_get_base_id(key) {
        case NID_X9_62_id_ecPublicKey:
            var name = [CChar](repeating: 0, count: 64)
            var count = 0
            guard unsafe EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else { return "EC" }
            let text = String(decoding: name.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            // The names of FIPS 186 are what people know; the library has those of ANSI X9.62 and SEC 2.
            return ["prime256v1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"][text] ?? text
        case NID_rsaEncryption: return unsafe "RSA \(EVP_PKEY_get_bits(key))"
        case NID_ED25519: return "Ed25519"
        default:
            guard let name = unsafe EVP_PKEY_get0_type_name(key) else { return "unknown" }
            return unsafe String(cString: name)
        }
    }
}

/// PEM texts (RFC 7468) as the library reads them.
enum PEMText {
    /// A BIO that reads a copy of the text; nil for lack of memory.
    static func bio(of text: [UInt8]) -> OpaquePointer? {
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { return nil }
        let count = unsafe text.withUnsafeBytes { unsafe BIO_write(bio, $0.baseAddress, Int32(clamping: $0.count)) }
        guard count == text.count || text.isEmpty else {
            unsafe BIO_free(bio)
            return nil
        }
        return unsafe bio
    }

    /// The text that `write` puts into a BIO.
    static func written(_ write: (OpaquePointer) -> Int32) throws(TLSFault) -> [UInt8] {
        ERR_clear_error()
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { throw .ofLibrary() }
        defer { unsafe BIO_free(bio) }
        guard unsafe write(bio) == 1 else { throw .ofLibrary() }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe BIO_read(bio, &chunk, Int32(chunk.count))
            guard count > 0 else { return text }
            text.append(contentsOf: chunk.prefix(Int(count)))
        }
    }

    /// Whether a text has the beginning of a private key of any sort.
    static func hasPrivateKey(_ text: [UInt8]) -> Bool {
        String(decoding: text, as: UTF8.self).contains("PRIVATE KEY-----")
    }

    /// Gives no passphrase. Without it the library would ask at the terminal.
    static let noPassphrase:
        @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) ->
            Int32 = { _, _, _, _ in 0 }

    /// Whether the last reading ended because there is no further beginning in the text.
    static var isAtEnd: Bool {
        let code = ERR_peek_last_error()
        return code == 0 || copenssl_is_lack_of_pem(code) == 1
    }
}
#endif
