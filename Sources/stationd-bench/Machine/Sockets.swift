import CLinux
import Glibc

/// TCP on loopback: the calls that the generator and the bare responder share.
enum Sockets {
    /// Connects to a port of this machine. The socket is non-blocking from then on and has no Nagle delay.
    ///
    /// - Parameter host: the last number of the loopback address that the server sees: 127.0.0.`host`.
    static func connect(port: UInt16, from host: UInt8 = 1) throws(BenchFault) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .last("socket") }
        guard host == 1 || (unsafe isDone(host: host, port: 0, { unsafe bind(descriptor, $0, $1) })) else {
            let fault = BenchFault.last("bind to 127.0.0.\(host)")
            close(descriptor)
            throw fault
        }
        guard unsafe isDone(port: port, { unsafe Glibc.connect(descriptor, $0, $1) }) else {
            let fault = BenchFault.last("connect to port \(port)")
            close(descriptor)
            throw fault
        }
        prepare(descriptor)
        return descriptor
    }

    /// Connects to a Unix socket.
    static func connect(path: String) throws(BenchFault) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw BenchFault("\(path) is too long for a socket: name a directory with a shorter path", code: 64)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .last("socket") }
        let size = socklen_t(MemoryLayout.size(ofValue: address))
        let isDone = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe Glibc.connect(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), size) == 0
        }
        guard isDone else {
            let fault = BenchFault.last("connect to \(path)")
            close(descriptor)
            throw fault
        }
        return descriptor
    }

    /// Makes calls on a socket wait, for this long at most.
    static func setBlocking(_ descriptor: Int32, timeoutSeconds: Int) {
        _ = clinux_fcntl(descriptor, F_SETFL, 0)
        var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(
                descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout.size(ofValue: timeout)))
        }
    }

    /// Creates a socket that listens on a free port of loopback.
    static func listen() throws(BenchFault) -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .last("socket") }
        guard unsafe isDone(port: 0, { unsafe bind(descriptor, $0, $1) }), Glibc.listen(descriptor, 4096) == 0 else {
            throw .last("listen")
        }
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout.size(ofValue: address))
        let isNamed = unsafe withUnsafeMutableBytes(of: &address) { bytes in
            unsafe getsockname(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &size) == 0
        }
        guard isNamed else { throw .last("getsockname") }
        _ = clinux_fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// The next waiting connection, set up as `connect` does it; nil if none waits.
    static func accept(_ listener: Int32) -> Int32? {
        let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = accept4(listener, nil, nil, flags)
        guard descriptor >= 0 else { return nil }
        prepare(descriptor)
        return descriptor
    }

    private static func prepare(_ descriptor: Int32) {
        _ = clinux_fcntl(descriptor, F_SETFL, O_NONBLOCK)
        var one: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(4))
    }

    private static func isDone(
        host: UInt8 = 1, port: UInt16, _ call: (UnsafePointer<sockaddr>?, socklen_t) -> Int32
    ) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = (0x7F00_0000 | UInt32(host)).bigEndian
        let size = socklen_t(MemoryLayout.size(ofValue: address))
        return unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe call(bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), size) == 0
        }
    }

    /// Sends as much as the socket accepts now. Returns the number of bytes, or nil if the connection is lost.
    static func send(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int? {
        let count = unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    /// Makes the reader of a socket acknowledge what it receives.
    ///
    /// The kernel treats a socket that has just sent something as part of a dialogue: reading acknowledges nothing,
    /// since the next answer will. If no answer follows, the next data is acknowledged when it arrives, which on
    /// loopback is within the sender's call. After each ping, the server would thus do the work of the client's
    /// machine, which is a third of the cost of a send. TCP_QUICKACK ends the dialogue; see tcp(7).
    static func acknowledgeWhenReading(_ descriptor: Int32) {
        var one: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_QUICKACK, &one, socklen_t(4))
    }

    /// Closes a socket.
    static func close(_ descriptor: Int32) { Glibc.close(descriptor) }

    /// What `receive` found: new bytes, nothing yet, or the end of the connection.
    enum Received { case bytes(Int), nothing, end }

    /// Receives what has arrived on a socket.
    static func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Received {
        let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { return .bytes(count) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? .nothing : .end
    }

    /// Raises the soft limit of descriptors to the hard one, for this process and its children. Returns the limit.
    @discardableResult
    static func raiseDescriptorLimit() -> Int {
        var limit = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(kind, &limit) == 0 else { return 1024 }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(kind, &limit)
        return Int(clamping: limit.rlim_max)
    }
}
