import Foundation

/// One connection through the proxy: two sockets, and the bytes received on one but not yet sent on the other.
final class ProxiedConnection {
    /// The bytes in transit in one direction, and whether its end has come and been passed on.
    private struct Direction {
        var bytes: [UInt8] = []
        var hasEnded = false
        var hasPassedEnd = false
    }

    /// The most bytes that wait in one direction. Beyond that nothing is read, and the sender's window fills as it
    /// would without the proxy.
    private let bytesMax: Int
    private let client: Int32
    private let server: Int32
    private var toServer = Direction()
    private var toClient = Direction()
    var isFrozen = false
    private(set) var isOver = false

    init(client: Int32, server: Int32, bytesMax: Int) {
        self.bytesMax = bytesMax
        self.client = client
        self.server = server
        LocalSocket.sendWithoutDelay(client)
        LocalSocket.sendWithoutDelay(server)
    }

    deinit { end(withReset: false) }

    /// Closes both sides. Bytes in transit are lost.
    func end(withReset: Bool) {
        guard !isOver else { return }
        isOver = true
        for descriptor in [client, server] {
            if withReset { LocalSocket.resetAtClose(descriptor) }
            close(descriptor)
        }
    }

    /// The entries for poll(2): the client's side, then the server's. A side that waits for nothing is left out,
    /// because poll(2) would report its end again and again.
    var entries: [pollfd] {
        [entry(client, incoming: toServer, outgoing: toClient), entry(server, incoming: toClient, outgoing: toServer)]
    }

    private func entry(_ descriptor: Int32, incoming: Direction, outgoing: Direction) -> pollfd {
        var events: Int32 = 0
        if !isFrozen {
            if mayReceive(incoming) { events |= POLLIN }
            if !outgoing.bytes.isEmpty { events |= POLLOUT }
        }
        return pollfd(fd: events == 0 ? -1 : descriptor, events: Int16(events), revents: 0)
    }

    /// Moves the bytes that can be moved.
    func forward(_ clientReady: Int16, _ serverReady: Int16) {
        guard !isOver, !isFrozen, clientReady != 0 || serverReady != 0 else { return }
        let isWell =
            receive(from: client, &toServer, clientReady) && receive(from: server, &toClient, serverReady)
            && send(&toServer, to: server) && send(&toClient, to: client)
        // A reset of one side resets the other. After an orderly end the other side may still send.
        if !isWell { return end(withReset: true) }
        if toServer.hasPassedEnd, toClient.hasPassedEnd { end(withReset: false) }
    }

    private func mayReceive(_ direction: Direction) -> Bool {
        !direction.hasEnded && direction.bytes.count < bytesMax
    }

    private func receive(from descriptor: Int32, _ direction: inout Direction, _ ready: Int16) -> Bool {
        guard ready != 0, mayReceive(direction) else { return true }
        var number: Int32 = 0
        var received = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: bytesMax) { buffer, count in
            received = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            number = errno
            count = max(received, 0)
        }
        if received < 0 { return number == EAGAIN || number == EINTR }
        if received == 0 { direction.hasEnded = true }
        direction.bytes += chunk
        return true
    }

    private func send(_ direction: inout Direction, to descriptor: Int32) -> Bool {
        if !direction.bytes.isEmpty {
            let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
            let sent = direction.bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
            if sent < 0 { return errno == EAGAIN || errno == EINTR }
            direction.bytes.removeFirst(sent)
        }
        if direction.hasEnded, direction.bytes.isEmpty, !direction.hasPassedEnd {
            direction.hasPassedEnd = true
            shutdown(descriptor, Int32(SHUT_WR))
        }
        return true
    }
}

/// Non-blocking TCP sockets on 127.0.0.1.
enum LocalSocket {
    static func open() throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw HarnessFault("socket: errno \(errno)") }
        return descriptor
    }

    /// Listens on a free port and returns its number.
    static func listen(_ descriptor: Int32) throws -> UInt16 {
        var address = address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(descriptor, address, length) == 0, Glibc.listen(descriptor, 64) == 0 else {
                    return Int32(-1)
                }
                return getsockname(descriptor, address, &length)
            }
        }
        guard result == 0 else { throw HarnessFault("cannot listen: errno \(errno)") }
        return UInt16(bigEndian: address.sin_port)
    }

    static func accept(_ listener: Int32) -> Int32? {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    /// Two sockets that are connected to each other.
    static func pair() throws -> (in: Int32, out: Int32) {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, kind, 0, &pair) == 0 else { throw HarnessFault("socketpair: errno \(errno)") }
        return (pair[0], pair[1])
    }

    /// Whether the connection is made or in progress.
    static func connect(_ descriptor: Int32, to port: UInt16) -> Bool {
        var address = address(port: port)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return result == 0 || errno == EINPROGRESS
    }

    /// Limits the kernel's receive buffer to about `bytes`.
    static func limitReceiveBuffer(to bytes: Int, on descriptor: Int32) {
        var bytes = Int32(bytes)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    }

    static func sendWithoutDelay(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Makes close(2) send a reset.
    static func resetAtClose(_ descriptor: Int32) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
