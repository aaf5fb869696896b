#if TLS
import Bytes
import COpenSSL
import TLS

/// One TLS connection of OpenSSL over bytes.
///
/// The library reads and writes through a BIO of ours, which takes from `input` and appends to `output`: it holds no
/// descriptor, and an idle connection holds no buffer.
@safe final class OpenSSLMachine: TLSMachine {
    private enum State {
        case opening
        case open
        /// The peer's end has come; we may still send.
        case ended
        case failed
    }

    private let connection: OpaquePointer
    /// Keeps the contexts alive that the library's callbacks use.
    let owner: AnyObject
    /// The name or address that the peer's certificate must be for; empty at a server.
    let host: String
    private var input = ByteQueue()
    var output = ByteQueue()
    private var state = State.opening
    private var isClosed = false
    /// What the check of the peer's certificate has found.
    var certificateFault: TLSFault?
    /// The time by which certificates are judged.
    private(set) var time = Timestamp(milliseconds: 0)

    /// Creates the machine of one connection; nil for lack of memory.
    init?(context: OpaquePointer, isServer: Bool, host: String = "", owner: AnyObject) {
        guard let connection = unsafe SSL_new(context) else { return nil }
        unsafe self.connection = unsafe connection
        self.host = host
        self.owner = owner
        guard let bio = unsafe MemoryBIO.make(for: self) else {
            unsafe SSL_free(connection)
            return nil
        }
        // Both directions share the one BIO, and the connection owns it.
        unsafe SSL_set_bio(connection, bio, bio)
        unsafe SSL_set_ex_data(connection, 0, Unmanaged.passUnretained(self).toOpaque())
        if isServer {
            unsafe SSL_set_accept_state(connection)
        } else {
            unsafe SSL_set_connect_state(connection)
            guard unsafe isAddress || copenssl_set_server_name(connection, host) == 1 else { return nil }
        }
    }

    deinit { unsafe SSL_free(connection) }

    /// The machine of one of the library's connections.
    static func machine(of connection: OpaquePointer?) -> OpenSSLMachine? {
        guard let pointer = unsafe SSL_get_ex_data(connection, 0) else { return nil }
        return unsafe Unmanaged<OpenSSLMachine>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Whether the peer was dialed by an address, which no server name indication may hold (RFC 6066, section 3).
    private var isAddress: Bool { IPAddress(text: host) != nil }

    // MARK: Bytes of the peer

    var isOpen: Bool {
        switch state {
        case .open, .ended: !isClosed
        case .opening, .failed: false
        }
    }

    var waitingBytes: Int { input.count }

    func receive(_ bytes: Span<UInt8>) {
        switch state {
        case .opening, .open: if !bytes.isEmpty { input.append(bytes) }
        case .ended, .failed: break
        }
    }

    /// Moves what is waiting to `buffer`, for the BIO.
    ///
    /// - Returns: the number of bytes moved; 0 if none wait.
    func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, input.count)
        guard count > 0 else { return 0 }
        input.withSpan { bytes in
            unsafe bytes.extracting(..<count).withUnsafeBytes { unsafe buffer.copyMemory(from: $0) }
        }
        input.removeFirst(count)
        if input.isEmpty { input.release() }
        return count
    }

    func nextEvent(into plain: inout [UInt8], at time: Timestamp) -> TLSEvent? {
        self.time = time
        switch state {
        case .opening: return open()
        case .open: return read(into: &plain)
        case .ended, .failed: return nil
        }
    }

    private func open() -> TLSEvent? {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(connection)
        if result == 1 {
            state = .open
            return .opened
        }
        return unsafe SSL_get_error(connection, result) == SSL_ERROR_WANT_READ ? nil : fail()
    }

    private func read(into plain: inout [UInt8]) -> TLSEvent? {
        ERR_clear_error()
        let count = unsafe plain.withUnsafeMutableBytes { buffer in
            unsafe SSL_read(connection, buffer.baseAddress, Int32(clamping: buffer.count))
        }
        if count > 0 { return .received(Int(count)) }
        switch unsafe SSL_get_error(connection, count) {
        case SSL_ERROR_WANT_READ: return nil
        case SSL_ERROR_ZERO_RETURN:
            state = .ended
            input.release()
            return .ended
        default: return fail()
        }
    }

    private func fail() -> TLSEvent {
        state = .failed
        input.release()
        return .failed(certificateFault ?? .ofLibrary())
    }

    // MARK: Bytes for the peer

    func seal(_ bytes: Span<UInt8>) {
        guard isOpen else { return }
        var rest = bytes
        while !rest.isEmpty {
            ERR_clear_error()
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe SSL_write(connection, buffer.baseAddress, Int32(clamping: buffer.count))
            }
            // The BIO takes everything, so there is no other reason than a broken connection.
            guard count > 0 else { return state = .failed }
            rest = rest.extracting(Int(count)...)
        }
    }

    func close() {
        guard isOpen else { return }
        isClosed = true
        ERR_clear_error()
        unsafe SSL_shutdown(connection)
    }
}
#endif
