#if TLS
import Bytes
import COpenSSL
import TLS

/// Makes the machines of connections to servers that are trusted in one way.
final class OpenSSLClient: TLSClient {
    private let context: OpenSSLContext
    private let trust: TLSTrust

    init(_ trust: TLSTrust, identity: TLSIdentity?) throws(TLSFault) {
        context = try OpenSSLContext(isServer: false)
        self.trust = trust
        if let identity { try context.use(identity) }
        if case .authorities(let pem) = trust {
            let store = unsafe SSL_CTX_get_cert_store(context.pointer)
            let authorities = try Certificate.all(in: pem, from: "the trusted authorities")
            guard !authorities.isEmpty else {
                throw TLSFault("the trusted authorities hold no certificate in PEM form")
            }
            for authority in authorities { unsafe X509_STORE_add_cert(store, authority.pointer) }
        }
        unsafe SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
        unsafe SSL_CTX_set_cert_verify_callback(
            context.pointer, { check, _ in unsafe OpenSSLClient.verify(check) ? 1 : 0 }, nil)
    }

    func makeMachine(to host: String) -> (any TLSMachine)? {
        unsafe OpenSSLMachine(context: context.pointer, isServer: false, host: host, owner: self)
    }

    /// Judges the certificate that a server has shown, and notes at its machine what is wrong with it.
    private static func verify(_ check: OpaquePointer?) -> Bool {
        let connection = unsafe X509_STORE_CTX_get_ex_data(check, SSL_get_ex_data_X509_STORE_CTX_idx())
            .map { OpaquePointer($0) }
        guard let machine = unsafe OpenSSLMachine.machine(of: connection),
            let client = machine.owner as? OpenSSLClient
        else { return false }
        machine.certificateFault = unsafe client.fault(in: check, of: machine)
        if machine.certificateFault == nil { return true }
        if unsafe X509_STORE_CTX_get_error(check) == X509_V_OK {
            unsafe X509_STORE_CTX_set_error(check, X509_V_ERR_APPLICATION_VERIFICATION)
        }
        return false
    }

    private func fault(in check: OpaquePointer?, of machine: OpenSSLMachine) -> TLSFault? {
        switch trust {
        case .pinned(let pin):
            guard let leaf = unsafe X509_STORE_CTX_get0_cert(check) else {
                return TLSFault("the server has shown no certificate")
            }
            unsafe X509_up_ref(leaf)
            let certificate = unsafe Certificate(owning: leaf)
            let isRight =
                switch pin {
                case .certificate(let digest): digest == certificate.fingerprint
                case .publicKey(let digest): digest == certificate.publicKeyFingerprint
                }
            return isRight ? nil : .ofPin(certificate)
        case .authorities:
            let parameters = unsafe X509_STORE_CTX_get0_param(check)
            unsafe X509_VERIFY_PARAM_set_time(parameters, Int(clamping: machine.time.seconds))
            // A trusted authority need not be a root.
            unsafe X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN))
            let isAddress = IPAddress(text: machine.host) != nil
            let isSet =
                unsafe isAddress
                ? X509_VERIFY_PARAM_set1_ip_asc(parameters, machine.host)
                : X509_VERIFY_PARAM_set1_host(parameters, machine.host, machine.host.utf8.count)
            guard isSet == 1 else { return TLSFault("\(machine.host) is no name that a certificate could be for") }
            if unsafe X509_verify_cert(check) == 1 { return nil }
            var certificate: Certificate?
            if let shown = unsafe X509_STORE_CTX_get_current_cert(check) {
                unsafe X509_up_ref(shown)
                certificate = unsafe Certificate(owning: shown)
            }
            return .ofCertificate(
                unsafe X509_STORE_CTX_get_error(check), certificate, host: machine.host, time: machine.time)
        }
    }
}
#endif
