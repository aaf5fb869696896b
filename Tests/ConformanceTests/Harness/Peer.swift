import Foundation

/// One TCP connection to the server; every wait is bounded.
final class Peer {
    private let descriptor: Int32
    private var inbox: [UInt8] = []
    /// The bytes of `inbox` that have been read.
    private var consumed = 0
    /// The longest wait, in milliseconds.
    var patienceMillis: Int32 = 10_000

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw WireFault("no socket: errno \(errno)") }
        set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // A throw here runs deinit. Do not close the descriptor before: another thread could own its number by then.
        guard result == 0 else { throw WireFault("cannot connect: errno \(errno)") }
    }

    deinit { Glibc.close(descriptor) }

    /// Shrinks the receive buffer, so that the server soon cannot send any more.
    func narrow() { set(SOL_SOCKET, SO_RCVBUF, 32 * 1024) }

    // MARK: Sending

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Sends all of `bytes`.
    ///
    /// - Parameter chop: the most bytes per call of the kernel.
    func send(_ bytes: [UInt8], chop: Int = .max) throws {
        var sent = 0
        while sent < bytes.count {
            let end = sent + min(chop, bytes.count - sent)
            let count = bytes[sent..<end].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                guard isReady(Int16(POLLOUT), millis: patienceMillis) else { throw WireFault("no room to send") }
            } else {
                throw WireFault("sending failed: errno \(errno)")
            }
        }
    }

    /// Sends what the kernel accepts at once and returns the number of bytes; nil if the connection is gone.
    func offer(_ bytes: [UInt8]) -> Int? {
        let count = bytes.withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
        return count >= 0 ? count : errno == EAGAIN ? 0 : nil
    }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends the connection with a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        // Keep the descriptor's number in use until deinit, so that nothing else gets it.
        let null = open("/dev/null", O_RDWR)
        dup2(null, descriptor)
        Glibc.close(null)
    }

    // MARK: Receiving

    /// Reads exactly `count` bytes.
    func read(_ count: Int) throws -> [UInt8] {
        while inbox.count - consumed < count {
            let missing = count - (inbox.count - consumed)
            guard try fill() else { throw WireFault("the connection ended \(missing) bytes early") }
        }
        defer { drop(count) }
        return Array(inbox[consumed..<(consumed + count)])
    }

    /// Reads up to and including the end of a line.
    func readLine() throws -> String {
        var searched = consumed
        while true {
            if let end = inbox[searched...].firstIndex(of: 0x0A) {
                return String(decoding: try read(end + 1 - consumed), as: UTF8.self)
            }
            let waiting = inbox.count - consumed
            guard try fill() else { throw WireFault("the connection ended within a line") }
            searched = consumed + waiting
        }
    }

    /// Reads to the end of the connection. A reset counts as the end only if `resetIsFine`.
    func readToEnd(resetIsFine: Bool = false) throws -> [UInt8] {
        do {
            while try fill() {}
        } catch let fault as WireFault {
            guard resetIsFine, fault.description.hasPrefix("receiving") else { throw fault }
        }
        defer { drop(inbox.count - consumed) }
        return Array(inbox[consumed...])
    }

    /// Whether bytes, or the end of the connection, arrive within `millis`.
    func hasInput(millis: Int32) -> Bool { inbox.count > consumed || isReady(Int16(POLLIN), millis: millis) }

    private func drop(_ count: Int) {
        consumed += count
        guard consumed == inbox.count || consumed > 1 << 20 else { return }
        inbox.removeFirst(consumed)
        consumed = 0
    }

    /// Receives more bytes; returns false at the end of the stream.
    private func fill() throws -> Bool {
        guard isReady(Int16(POLLIN), millis: patienceMillis) else { throw WireFault("nothing came") }
        var count = 0
        var number: Int32 = 0
        inbox += [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, filled in
            count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            number = errno
            filled = max(0, count)
        }
        guard count >= 0 else { throw WireFault("receiving failed: errno \(number)") }
        return count > 0
    }

    private func isReady(_ events: Int16, millis: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: events, revents: 0)
        return Glibc.poll(&entry, 1, millis) > 0
    }

    private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
