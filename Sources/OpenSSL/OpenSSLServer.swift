#if TLS
import COpenSSL
import TLS

/// Makes the machines of accepted connections: one context for each certificate.
final class OpenSSLServer: TLSServer {
    private let contexts: [OpenSSLContext]

    init(_ identities: [TLSIdentity]) throws(TLSFault) {
        var contexts: [OpenSSLContext] = []
        for identity in identities {
            let context = try OpenSSLContext(isServer: true)
            try context.use(identity)
            contexts.append(context)
        }
        guard let first = contexts.first else { throw TLSFault("there is no certificate") }
        self.contexts = contexts
        // The first context begins every handshake; the name that the client asks for may choose another.
        unsafe copenssl_on_server_name(first.pointer) { connection, _, _ in
            unsafe OpenSSLServer.chooseContext(for: connection)
            return SSL_TLSEXT_ERR_OK
        }
        for context in contexts {
            unsafe SSL_CTX_set_alpn_select_cb(
                context.pointer,
                { _, chosen, length, offered, count, _ in
                    unsafe OpenSSLServer.chooseProtocol(chosen, length, offered, count)
                }, nil)
        }
    }

    func makeMachine() -> (any TLSMachine)? {
        guard let first = contexts.first else { return nil }
        return unsafe OpenSSLMachine(context: first.pointer, isServer: true, owner: self)
    }

    private static func chooseContext(for connection: OpaquePointer?) {
        guard let machine = unsafe OpenSSLMachine.machine(of: connection),
            let server = machine.owner as? OpenSSLServer,
            let text = unsafe SSL_get_servername(connection, Int32(TLSEXT_NAMETYPE_host_name))
        else { return }
        let name = unsafe String(cString: text)
        guard let context = server.contexts.first(where: { $0.certificate?.isFor(name) == true }) else { return }
        unsafe SSL_set_SSL_CTX(connection, context.pointer)
    }

    /// Chooses HTTP/1.1 if the client offers it (RFC 7301, section 3.2). A client that offers only others is refused,
    /// and one that offers none is served.
    private static func chooseProtocol(
        _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ length: UnsafeMutablePointer<UInt8>?,
        _ offered: UnsafePointer<UInt8>?, _ count: UInt32
    ) -> Int32 {
        guard let offered = unsafe offered, let chosen = unsafe chosen, let length = unsafe length
        else { return SSL_TLSEXT_ERR_NOACK }
        let wanted = OpenSSLContext.protocolName.dropFirst()
        var index = 0
        while index < Int(count) {
            let size = unsafe Int(offered[index])
            guard index + 1 + size <= Int(count) else { break }
            let name = unsafe UnsafeBufferPointer(start: offered + index + 1, count: size)
            if unsafe name.elementsEqual(wanted) {
                unsafe chosen.pointee = unsafe offered + index + 1
                unsafe length.pointee = UInt8(size)
                return SSL_TLSEXT_ERR_OK
            }
            index += 1 + size
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
}
#endif
