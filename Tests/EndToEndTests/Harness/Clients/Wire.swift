import Foundation

/// A TCP connection to a local port. Every wait has a bound.
final class Wire {
    enum Fault: Error, CustomStringConvertible {
        case refused(Int32)
        case timeout(String)
        case ended(String)
        case failed(Int32)

        var description: String {
            switch self {
            case .refused(let number): "cannot connect: errno \(number)"
            case .timeout(let what): "timed out waiting for \(what)"
            case .ended(let what): "the connection ended before \(what)"
            case .failed(let number): "the connection failed: errno \(number)"
            }
        }
    }

    private let descriptor: Int32
    /// The received bytes. The first `consumedCount` of them have been read.
    private(set) var inbox: [UInt8] = []
    private var consumedCount = 0
    private(set) var hasEnded = false
    /// The longest single wait, in seconds.
    var patience = 20.0

    /// - Parameter receiveBufferBytes: the size of the kernel's receive buffer, if it must be small.
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
        // Throwing here runs deinit. Closing here too would close the number twice, and it may be another thread's by
        // then.
        guard result == 0 else { throw Fault.refused(errno) }
    }

    deinit { close(descriptor) }

    // MARK: Out

    func send(bytes: [UInt8]) throws {
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

    func send(_ text: String) throws { try send(bytes: Array(text.utf8)) }

    /// Ends our side of the connection. The other side may still send.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends the connection with a reset, like a client that has lost its network.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    // MARK: In

    var available: Int { inbox.count - consumedCount }

    /// Reads exactly `count` bytes.
    func read(_ count: Int, _ what: String) throws -> [UInt8] {
        let deadline = Deadline(seconds: patience)
        while available < count { try fill(until: deadline, what) }
        defer { consume(count) }
        return Array(inbox[consumedCount..<consumedCount + count])
    }

    /// Reads up to the first occurrence of `mark`, and drops the mark.
    func read(through mark: [UInt8], _ what: String) throws -> [UInt8] {
        let deadline = Deadline(seconds: patience)
        var searched = consumedCount
        while true {
            if let place = Self.find(mark, in: inbox, from: max(consumedCount, searched - mark.count)) {
                defer { consume(place + mark.count - consumedCount) }
                return Array(inbox[consumedCount..<place])
            }
            searched = inbox.count
            try fill(until: deadline, what)
        }
    }

    /// Reads everything until the other side ends the connection, in order or with a reset.
    func readAll(within seconds: Double = 20) throws -> [UInt8] {
        let deadline = Deadline(seconds: seconds)
        while !hasEnded {
            do {
                try fill(until: deadline, "the end of the connection")
            } catch Fault.ended, Fault.failed {
                break
            }
        }
        defer { consume(available) }
        return Array(inbox[consumedCount...])
    }

    /// Whether something can be read, now or within `seconds`.
    func hasInput(within seconds: Double) -> Bool {
        if available > 0 { return true }
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, Int32(seconds * 1000)) > 0
    }

    /// Whether the other side ends the connection within `seconds` without sending another byte.
    func endsSilently(within seconds: Double) -> Bool {
        guard let rest = try? readAll(within: seconds) else { return false }
        return rest.isEmpty
    }

    private func consume(_ count: Int) {
        consumedCount += count
        if consumedCount == inbox.count {
            inbox.removeAll(keepingCapacity: true)
            consumedCount = 0
        } else if consumedCount > 65_536 {
            inbox.removeFirst(consumedCount)
            consumedCount = 0
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
