import Foundation

/// A TCP connection to a port of this machine: bytes out, bytes in, and no wait without a bound.
final class Wire {
    enum Fault: Error, CustomStringConvertible {
        case refused(Int32)
        case timeout(String)
        case ended(String)
        case failed(Int32)

        var description: String {
            switch self {
            case .refused(let number): "cannot connect: errno \(number)"
            case .timeout(let what): "waited in vain for \(what)"
            case .ended(let what): "the connection ended before \(what)"
            case .failed(let number): "the connection failed: errno \(number)"
            }
        }
    }

    private let descriptor: Int32
    /// What has come and was not taken yet.
    private(set) var inbox: [UInt8] = []
    private var taken = 0
    private(set) var hasEnded = false
    /// The bound of every single wait.
    var patience = 20.0

    /// - Parameter receiveBufferBytes: what the kernel keeps for one that does not read, where it must not be much.
    init(port: UInt16, receiveBufferBytes: Int? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Fault.refused(errno) }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        if let receiveBufferBytes {
            var bytes = Int32(receiveBufferBytes)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // What is thrown here runs deinit: nothing is closed twice, as the number may be another thread's by then.
        guard result == 0 else { throw Fault.refused(errno) }
    }

    deinit { close(descriptor) }

    // MARK: Out

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        let deadline = Deadline(seconds: patience)
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                try wait(for: Int16(POLLOUT), until: deadline, "room to send")
            } else if errno != EINTR {
                throw Fault.failed(errno)
            }
        }
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Nothing more will be sent; the other side may still send.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends the connection with a reset, as a client does that is torn away.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    // MARK: In

    var available: Int { inbox.count - taken }

    /// Takes exactly `count` bytes.
    func take(_ count: Int, _ what: String) throws -> [UInt8] {
        let deadline = Deadline(seconds: patience)
        while available < count { try fill(until: deadline, what) }
        defer { consume(count) }
        return Array(inbox[taken..<taken + count])
    }

    /// Takes what comes up to the first occurrence of `mark`, and drops the mark.
    func take(through mark: [UInt8], _ what: String) throws -> [UInt8] {
        let deadline = Deadline(seconds: patience)
        var searched = taken
        while true {
            if let place = Self.find(mark, in: inbox, from: max(taken, searched - mark.count)) {
                defer { consume(place + mark.count - taken) }
                return Array(inbox[taken..<place])
            }
            searched = inbox.count
            try fill(until: deadline, what)
        }
    }

    /// Takes all that comes until the other side ends the connection, in order or by a reset.
    func takeAll(within seconds: Double = 20) throws -> [UInt8] {
        let deadline = Deadline(seconds: seconds)
        while !hasEnded {
            do {
                try fill(until: deadline, "the end of the connection")
            } catch Fault.ended, Fault.failed {
                break
            }
        }
        defer { consume(available) }
        return Array(inbox[taken...])
    }

    /// Whether something can be taken, waiting at most so long.
    func hasInput(within seconds: Double) -> Bool {
        if available > 0 { return true }
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, Int32(seconds * 1000)) > 0
    }

    /// Whether the other side ends the connection within so long, without a further byte.
    func endsSilently(within seconds: Double) -> Bool {
        guard let rest = try? takeAll(within: seconds) else { return false }
        return rest.isEmpty
    }

    private func consume(_ count: Int) {
        taken += count
        if taken == inbox.count {
            inbox.removeAll(keepingCapacity: true)
            taken = 0
        } else if taken > 65_536 {
            inbox.removeFirst(taken)
            taken = 0
        }
    }

    private func fill(until deadline: Deadline, _ what: String) throws {
        if hasEnded { throw Fault.ended(what) }
        try wait(for: Int16(POLLIN), until: deadline, what)
        var received = 0
        var number: Int32 = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            received = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            number = errno
            count = max(received, 0)
        }
        inbox.append(contentsOf: chunk)
        if received == 0 {
            hasEnded = true
            throw Fault.ended(what)
        }
        if received < 0, number != EAGAIN, number != EINTR {
            hasEnded = true
            throw Fault.failed(number)
        }
    }

    private func wait(for events: Int16, until deadline: Deadline, _ what: String) throws {
        var entry = pollfd(fd: descriptor, events: events, revents: 0)
        let left = deadline.millisLeft
        if left <= 1 || poll(&entry, 1, left) == 0 { throw Fault.timeout(what) }
    }

    private static func find(_ mark: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = mark.first, bytes.count >= mark.count else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            var index = start
            while index + mark.count <= bytes.count {
                guard let found = memchr(bytes.baseAddress! + index, Int32(first), bytes.count - index) else {
                    return nil
                }
                index = UnsafePointer(found.assumingMemoryBound(to: UInt8.self)) - bytes.baseAddress!
                guard index + mark.count <= bytes.count else { return nil }
                if mark.indices.allSatisfy({ bytes[index + $0] == mark[$0] }) { return index }
                index += 1
            }
            return nil
        }
    }
}
