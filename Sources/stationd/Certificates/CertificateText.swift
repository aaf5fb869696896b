import JSON
import TLS

/// How `stationd certificate show` prints certificates.
enum CertificateText {
    /// A paragraph for one certificate.
    ///
    /// - Parameter title: whose it is.
    static func paragraph(_ title: String, _ details: CertificateDetails) -> String {
        let rows = [
            ("for", details.names.isEmpty ? "nothing" : details.names.joined(separator: ", ")),
            ("subject", details.subject ?? "-"),
            ("issuer", details.isSelfSigned ? "itself" : details.issuer ?? "-"),
            ("valid from", time(details.notBefore.iso8601)),
            ("valid until", time(details.notAfter.iso8601)),
            ("key", details.keyKind),
            ("fingerprint", details.fingerprintText),
            ("public key", details.publicKeyText),
        ]
        return "\(title)\n"
            + rows.map { name, value in
                let space = String(repeating: " ", count: 13 - name.count)
                return "  \(name)\(space)\(PlainText.visible(value))\n"
            }.joined()
    }

    /// One certificate as JSON.
    ///
    /// - Parameter file: the path in the data directory.
    static func json(_ details: CertificateDetails, file: String) -> JSONValue {
        let object: JSONObject = [
            "file": .string(file),
            "names": .array(details.names.map { .string($0) }),
            "subject": details.subject.map { .string($0) } ?? .null,
            "issuer": details.issuer.map { .string($0) } ?? .null,
            "self_signed": .bool(details.isSelfSigned),
            "not_before": .string(time(details.notBefore.iso8601)),
            "not_after": .string(time(details.notAfter.iso8601)),
            "key": .string(details.keyKind),
            "sha256": .string(details.fingerprintText),
            "public_key": .string(details.publicKeyText),
        ]
        return .object(object)
    }

    /// A time without its milliseconds, which no certificate has.
    private static func time(_ text: String) -> String { "\(text.prefix(19))Z" }
}
