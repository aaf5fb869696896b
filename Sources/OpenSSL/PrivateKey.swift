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
                if PEMText.isAtEnd { throw TLSFault("\(name) holds no private key in PEM form") }
                throw TLSFault("\(name): the private key is damaged or has a passphrase: \(TLSFault.ofLibrary())")
            }
            unsafe self.init(owning: key)
        }

        deinit { unsafe EVP_PKEY_free(pointer) }
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
