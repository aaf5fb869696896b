#if TLS
import Bytes
import COpenSSL
import TLS

extension TLSFault {
    /// What the library says about the call that has just failed.
    static func ofLibrary() -> TLSFault {
        let code = ERR_peek_last_error()
        guard code != 0 else { return TLSFault("the library gives no reason") }
        let reason = copenssl_reason(code)
        // Alerts of the peer and what peers get wrong most often, in words for an operator.
        switch reason {
        case Int32(SSL_R_HTTP_REQUEST): return TLSFault("the peer speaks HTTP without TLS")
        case Int32(SSL_R_WRONG_VERSION_NUMBER): return TLSFault("the peer does not speak TLS here")
        case Int32(SSL_R_UNSUPPORTED_PROTOCOL), Int32(SSL_R_TLSV1_ALERT_PROTOCOL_VERSION):
            return TLSFault("the peer speaks no version of TLS from 1.2 on")
        case Int32(SSL_R_NO_SHARED_CIPHER), Int32(SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE):
            return TLSFault("the peer and we have no cipher in common")
        case Int32(SSL_R_TLSV1_ALERT_UNKNOWN_CA):
            return TLSFault("the peer does not know the issuer of our certificate")
        case Int32(SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED):
            return TLSFault("the peer says that our certificate has expired")
        case Int32(SSL_R_SSLV3_ALERT_BAD_CERTIFICATE), Int32(SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN):
            return TLSFault("the peer does not accept our certificate")
        case Int32(SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED):
            return TLSFault("the peer wants a client certificate")
        default:
            guard let words = unsafe ERR_reason_error_string(code) else { return TLSFault("error \(code)") }
            return TLSFault(unsafe String(cString: words))
        }
    }

    /// Why a server's certificate is not accepted.
    ///
    /// - Parameters:
    ///   - error: the result of the check (X509_STORE_CTX_get_error(3)).
    ///   - certificate: the certificate that the check has stopped at; nil if the library does not say.
    ///   - host: whom it should be for.
    ///   - time: the time of day of the check.
    static func ofCertificate(_ error: Int32, _ certificate: Certificate?, host: String, time: Timestamp)
        -> TLSFault
    {
        let clock = "this station's clock says \(time.iso8601.prefix(19))Z"
        func day(_ time: Timestamp?) -> String { time.map { String($0.iso8601.prefix(10)) } ?? "an unknown day" }
        switch error {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return TLSFault("the server's certificate expired on \(day(certificate?.notAfter)); \(clock)")
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return TLSFault("the server's certificate is valid from \(day(certificate?.notBefore)) on; \(clock)")
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            let names = certificate?.names ?? []
            let shown = names.isEmpty ? "no name" : names.prefix(5).joined(separator: ", ")
            return TLSFault("the server's certificate is for \(shown), not for \(host)")
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            let issuer = certificate?.issuerName.map { "\"\($0)\"" } ?? "somebody without a name"
            return TLSFault(
                "the server's certificate was issued by \(issuer), who is none of the trusted authorities; "
                    + fingerprintWords(certificate))
        case X509_V_ERR_CERT_REVOKED: return TLSFault("the server's certificate was revoked")
        case X509_V_ERR_INVALID_PURPOSE:
            return TLSFault("the server's certificate is not for servers")
        default:
            let words = unsafe String(cString: X509_verify_cert_error_string(Int(error)))
            return TLSFault("the server's certificate is not accepted: \(words)")
        }
    }

    /// The server's certificate is not the one that it is known by.
    static func ofPin(_ certificate: Certificate) -> TLSFault {
        TLSFault("the server is not the pinned one; \(fingerprintWords(certificate))")
    }

    private static func fingerprintWords(_ certificate: Certificate?) -> String {
        guard let certificate else { return "it has shown no certificate" }
        return "its fingerprint is \(certificate.fingerprintText)"
    }
}

extension Certificate {
    /// The fingerprint as browsers show it: hexadecimal pairs with colons between them.
    var fingerprintText: String {
        fingerprint.map { Hex.encode([$0]).uppercased() }.joined(separator: ":")
    }
}
#endif
