#if TLS
import Bytes
import Foundation
import OpenSSL
import TLS
import Testing

/// What the library makes, judged by the command `openssl`.
@Suite(.enabled(if: OpenSSLCommand.path != nil, "openssl is not installed")) struct CertificateMakingTests {
    private static let now = Timestamp(milliseconds: 1_796_119_200_000)
    private static let names = CertificateNames(
        hosts: ["quay.example", "localhost"],
        addresses: ["192.0.2.7", "2001:db8::7"].compactMap { IPAddress(text: $0) })
    private static let draft = CertificateDraft(
        subject: "Bến xe Mỹ Đình", names: names, notBefore: now,
        notAfter: now.advanced(byMilliseconds: 86_400_000))

    private let library = OpenSSLLibrary()

    private func write(_ bytes: [UInt8], _ name: String, in directory: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
    }

    @Test func `a certificate is what OpenSSL reads in it`() throws {
        try OpenSSLCommand.inDirectory { directory in
            let key = try library.makeKey()
            let certificate = try library.makeCertificate(Self.draft, key: key)
            try write(certificate, "own.pem", in: directory)
            try write(key, "key.pem", in: directory)
            #expect(String(decoding: key, as: UTF8.self).hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
            let read = try OpenSSLCommand.run(
                ["x509", "-in", "own.pem", "-noout", "-text", "-nameopt", "utf8"], in: directory)
            #expect(read.code == 0, "\(read.output)")
            for line in [
                "Version: 3 (0x2)", "Signature Algorithm: ecdsa-with-SHA256", "CN=Bến xe Mỹ Đình",
                "Not Before: Dec  1 10:00:00 2026 GMT", "Not After : Dec  2 10:00:00 2026 GMT",
                "NIST CURVE: P-256", "X509v3 Basic Constraints: critical\n                CA:FALSE",
                "X509v3 Key Usage: critical\n                Digital Signature\n",
                "X509v3 Extended Key Usage: \n                TLS Web Server Authentication\n",
                "DNS:quay.example, DNS:localhost, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7",
            ] { #expect(read.output.contains(line), "\(line)\n\(read.output)") }
            let verified = try OpenSSLCommand.run(
                [
                    "verify", "-attime", "1796119201", "-x509_strict", "-purpose", "sslserver", "-verify_hostname",
                    "quay.example", "-CAfile", "own.pem", "own.pem",
                ], in: directory)
            #expect(verified.code == 0, "\(verified.output)")
            let wrong = try OpenSSLCommand.run(
                ["verify", "-attime", "1796119201", "-verify_ip", "192.0.2.8", "-CAfile", "own.pem", "own.pem"],
                in: directory)
            #expect(wrong.code != 0 && wrong.output.contains("IP address mismatch"), "\(wrong.output)")
        }
    }

    @Test func `serial numbers are positive, have 20 octets and differ`() throws {
        try OpenSSLCommand.inDirectory { directory in
            let key = try library.makeKey()
            var serials: Set<String> = []
            for _ in 0..<8 {
                try write(try library.makeCertificate(Self.draft, key: key), "own.pem", in: directory)
                let read = try OpenSSLCommand.run(["x509", "-in", "own.pem", "-noout", "-serial"], in: directory)
                let digits = read.output.dropFirst("serial=".count).dropLast()
                #expect(digits.count == 40 && (digits.first?.hexDigitValue ?? 8) < 8, "\(read.output)")
                serials.insert(String(digits))
            }
            #expect(serials.count == 8)
        }
    }

    @Test func `the description agrees with OpenSSL's`() throws {
        try OpenSSLCommand.inDirectory { directory in
            let key = try library.makeKey()
            let certificate = try library.makeCertificate(Self.draft, key: key)
            try write(certificate, "own.pem", in: directory)
            let details = try #require(try library.certificates(in: certificate, from: "own.pem").first)
            #expect(details.subject == "Bến xe Mỹ Đình" && details.issuer == details.subject)
            #expect(details.names == Self.names.texts)
            #expect(details.notBefore == Self.draft.notBefore && details.notAfter == Self.draft.notAfter)
            #expect(details.isSelfSigned && details.isForServers && !details.isAuthority)
            #expect(details.keyKind == "P-256")
            #expect(try library.publicKeyFingerprint(ofKey: key, from: "") == details.publicKeyFingerprint)
            #expect(try library.issuers(in: certificate, from: "") == [[0]])
            let read = try OpenSSLCommand.run(
                ["x509", "-in", "own.pem", "-noout", "-fingerprint", "-sha256"], in: directory)
            #expect(read.output.contains(details.fingerprintText), "\(read.output)")
            // The recipe of curl's manual for CURLOPT_PINNEDPUBLICKEY.
            for step in [
                ["x509", "-in", "own.pem", "-pubkey", "-noout", "-out", "public.pem"],
                ["pkey", "-pubin", "-in", "public.pem", "-outform", "der", "-out", "public.der"],
                ["dgst", "-sha256", "-binary", "-out", "digest", "public.der"],
            ] { #expect(try OpenSSLCommand.run(step, in: directory).code == 0) }
            let digest = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/digest"))
            #expect(details.publicKeyText == "sha256//\(digest.base64EncodedString())")
            #expect(TLSPin(text: details.publicKeyText) == .publicKey(Array(digest)))
            #expect(TLSPin(text: details.fingerprintText) == .certificate(details.fingerprint))
        }
    }

    @Test func `a request is signed with its key and names the same`() throws {
        try OpenSSLCommand.inDirectory { directory in
            let key = try library.makeKey()
            let request = try library.makeSigningRequest(for: Self.names, subject: "Quay", key: key)
            try write(request, "request.pem", in: directory)
            let read = try OpenSSLCommand.run(
                ["req", "-in", "request.pem", "-noout", "-verify", "-text"], in: directory)
            #expect(read.code == 0 && read.output.contains("verify OK"), "\(read.output)")
            for line in [
                "Subject: CN = Quay", "TLS Web Server Authentication", "X509v3 Key Usage: critical",
                "DNS:quay.example, DNS:localhost, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7",
            ] { #expect(read.output.contains(line), "\(line)\n\(read.output)") }
        }
    }

    @Test func `the sorts of keys have the names that people know`() throws {
        try OpenSSLCommand.inDirectory { directory in
            let kinds = [
                (["rsa:2048"], "RSA 2048"), (["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], "P-384"),
                (["ed25519"], "Ed25519"), (["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"], "secp256k1"),
            ]
            for (options, kind) in kinds {
                let made = try OpenSSLCommand.run(
                    ["req", "-x509", "-newkey"] + options + [
                        "-nodes", "-keyout", "k", "-out", "c", "-subj", "/CN=a",
                    ],
                    in: directory)
                #expect(made.code == 0, "\(made.output)")
                let text = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(directory)/c")))
                let details = try library.certificates(in: text, from: "c")
                #expect(details.map(\.keyKind) == [kind])
                // OpenSSL's own certificates are authorities unless told otherwise.
                #expect(details.map(\.isAuthority) == [true] && details.map(\.names) == [[]])
            }
        }
    }

    @Test func `damaged texts are faults with the place, and never end the process`() throws {
        let key = try library.makeKey()
        let certificate = try library.makeCertificate(Self.draft, key: key)
        #expect(try library.certificates(in: [], from: "f").isEmpty)
        #expect(try library.certificates(in: Array("hello".utf8), from: "f").isEmpty)
        #expect(try library.certificates(in: key, from: "f").isEmpty)
        for text in [certificate, key] {
            for place in stride(from: 30, to: text.count - 30, by: 7) {
                var damaged = text
                damaged[place] ^= 0x15
                _ = try? library.certificates(in: certificate + damaged, from: "f")
                _ = try? library.issuers(in: damaged, from: "f")
                _ = try? library.publicKeyFingerprint(ofKey: damaged, from: "f")
                _ = try? library.publicKeyFingerprint(ofKey: Array(damaged.prefix(place)), from: "f")
            }
        }
        let fault = #expect(throws: TLSFault.self) {
            try library.certificates(in: certificate + Array(certificate.dropLast(40)), from: "chain.pem")
        }
        #expect(fault?.description.hasPrefix("chain.pem: certificate 2 is damaged") == true)
        let missing = #expect(throws: TLSFault.self) { try library.publicKeyFingerprint(ofKey: [], from: "k.pem") }
        #expect(missing?.description == "k.pem holds no private key in PEM form")
        let many = #expect(throws: TLSFault.self) {
            try library.issuers(in: Array(repeatElement(certificate, count: 11).joined()), from: "f")
        }
        #expect(many?.description.contains("11 certificates") == true)
    }

    @Test func `what no certificate can hold is a fault`() throws {
        let key = try library.makeKey()
        var draft = Self.draft
        draft.subject = String(repeating: "a", count: 65)
        #expect(throws: TLSFault.self) { try library.makeCertificate(draft, key: key) }
        draft = Self.draft
        draft.notAfter = Timestamp(milliseconds: .max)
        #expect(throws: TLSFault.self) { try library.makeCertificate(draft, key: key) }
        #expect(throws: TLSFault.self) { try library.makeCertificate(Self.draft, key: []) }
    }
}
#endif
