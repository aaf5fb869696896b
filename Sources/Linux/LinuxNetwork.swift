import Bytes
import CLinux
import Glibc
import Platform

/// The kernel's network: nonblocking sockets, and epoll for their readiness (level-triggered, epoll(7)).
///
/// A connection's slot is its descriptor. A table has each slot's generation and the readiness it is watched for, so
/// that `epoll_ctl` is called only for changes.
@safe public final class LinuxNetwork: Network {
    private struct Slot {
        var generation: UInt32 = 0
        var watched: UInt32 = 0
        var isOpen = false
        var isDatagram = false
    }

    /// The most events per turn; the rest are still ready in the next.
    private static let eventsPerPollMax = 256

    /// The tokens of listeners have this bit, the token of the signal descriptor has every bit. A connection's token is
    /// its generation and descriptor.
    private static let listenerBit: UInt64 = 1 << 63
    private static let signalToken = UInt64.max
    private static let synchronizerToken = UInt64.max - 1

    private let dataPath: String
    private let epoll: Int32
    /// -1 until `watchSignals`.
    private var signals: Int32 = -1
    /// A descriptor to give up when descriptors run out (accept(2), EMFILE).
    private var reserve: Int32
    private var slots: [Slot] = []
    private var unixPaths: [ListenerID: String] = [:]
    /// Made before the first synchronization.
    private var synchronizer: Synchronizer?
    private var isSynchronizing = false
    private var links = OwnLinks()
    private var ready: UnsafeMutableBufferPointer<epoll_event>

    /// Opens the epoll instance.
    ///
    /// - Parameter dataPath: the data directory, to which the names of Unix sockets are relative.
    /// - Throws: `NetworkError` if the kernel has no descriptor to spare.
    public init(dataPath: String) throws(NetworkError) {
        self.dataPath = dataPath
        unsafe ready = .allocate(capacity: Self.eventsPerPollMax)
        unsafe ready.initialize(repeating: epoll_event())
        epoll = clinux_epoll_create()
        let failure = epoll < 0 ? NetworkError.last("epoll_create") : nil
        reserve = Self.openReserve()
        if let failure { throw failure }
        guard reserve >= 0 else { throw .last("open /dev/null") }
    }

    /// Turns SIGTERM, SIGINT and SIGHUP into events, ignores SIGPIPE, and lets the kernel reap children. This affects
    /// the whole process, so only its one loop may call it.
    ///
    /// - Throws: `NetworkError` if the kernel has no descriptor to spare.
    public func watchSignals() throws(NetworkError) {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGCHLD, SIG_IGN)
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        for number in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&mask, number) }
        unsafe sigprocmask(SIG_BLOCK, &mask, nil)
        signals = unsafe clinux_signalfd(&mask)
        guard signals >= 0, clinux_epoll_add(epoll, signals, EPOLLIN.rawValue, Self.signalToken) == 0 else {
            throw .last("signalfd")
        }
    }

    deinit {
        Glibc.close(epoll)
        if signals >= 0 { Glibc.close(signals) }
        Glibc.close(reserve)
        unsafe ready.deallocate()
    }

    /// The first descriptor that is not for clients over TCP. Those from here on are kept for files, children, outgoing
    /// connections and the operator at the control socket, whom a crowd of clients must not lock out.
    public var clientDescriptorsEnd = Int32.max

    // MARK: Listening

    public func listen(on endpoint: ListenEndpoint) throws(NetworkError) -> ListenerID {
        let descriptor =
            switch endpoint {
            case .tcp(let host, let port): try SocketAddress.listenTCP(host: host, port: port)
            case .unix(let path): try SocketAddress.listenUnix(directory: dataPath, name: path)
            }
        let listener = ListenerID(rawValue: descriptor)
        guard clinux_epoll_add(epoll, descriptor, EPOLLIN.rawValue, Self.listenerBit | UInt64(descriptor)) == 0 else {
            let error = NetworkError.last("epoll_ctl")
            Glibc.close(descriptor)
            throw error
        }
        if case .unix(let path) = endpoint { unixPaths[listener] = dataPath + "/" + path }
        return listener
    }

    public func port(of listener: ListenerID) -> UInt16 { SocketAddress.port(of: listener.rawValue) }

    public func watch(_ listener: ListenerID, accepting: Bool) {
        let token = Self.listenerBit | UInt64(UInt32(bitPattern: listener.rawValue))
        _ = clinux_epoll_modify(epoll, listener.rawValue, accepting ? EPOLLIN.rawValue : 0, token)
    }

    public func close(_ listener: ListenerID) {
        Glibc.close(listener.rawValue)
        if let path = unixPaths.removeValue(forKey: listener) { unsafe unlink(path) }
    }

    public func accept(from listener: ListenerID) -> AcceptOutcome {
        var storage = sockaddr_storage()
        let descriptor = SocketAddress.accept(listener.rawValue, peer: &storage)
        if descriptor >= 0 {
            let isKept = descriptor >= clientDescriptorsEnd && storage.ss_family != sa_family_t(AF_UNIX)
            guard !isKept, let connection = register(descriptor) else {
                Glibc.close(descriptor)
                return .exhausted
            }
            guard let address = SocketAddress.peer(&storage) else { return .connection(connection, from: .local) }
            return .connection(connection, from: PeerAddress(address, isNeighbour: isNeighbour(address)))
        }
        switch errno {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM:
            shed(listener)
            return .exhausted
        case ECONNABORTED, EPROTO, EINTR:
            return accept(from: listener)
        default:
            return .none
        }
    }

    public func isNeighbour(_ address: IPAddress) -> Bool {
        guard address.isIPv6 else { return false }
        return links.contain(address, now: SystemClock.now().monotonic)
    }

    /// Accepts and closes one connection, giving up the reserve for a moment. With no descriptor left, a waiting
    /// connection would otherwise keep the listener ready for ever.
    private func shed(_ listener: ListenerID) {
        Glibc.close(reserve)
        var storage = sockaddr_storage()
        let descriptor = SocketAddress.accept(listener.rawValue, peer: &storage)
        if descriptor >= 0 { Glibc.close(descriptor) }
        reserve = Self.openReserve()
    }

    private static func openReserve() -> Int32 {
        repeating { unsafe clinux_openat(AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC, 0) }
    }

    /// Gives a descriptor its slot and watches it for `events`; nil if the kernel has no room to watch it.
    func register(
        _ descriptor: Int32, events: UInt32 = EPOLLIN.rawValue, isDatagram: Bool = false
    ) -> ConnectionID? {
        while slots.count <= Int(descriptor) { slots.append(Slot()) }
        // The top bit stays clear: in a token it marks listeners.
        let generation = (slots[Int(descriptor)].generation &+ 1) & 0x7FFF_FFFF
        slots[Int(descriptor)] = Slot(generation: generation, watched: events, isOpen: true, isDatagram: isDatagram)
        let connection = ConnectionID(slot: descriptor, generation: generation)
        guard clinux_epoll_add(epoll, descriptor, events, Self.token(of: connection)) == 0 else {
            slots[Int(descriptor)].isOpen = false
            return nil
        }
        return connection
    }

    // MARK: Waiting

    public func poll(into events: inout [NetworkEvent], until deadline: MonotonicTime?) -> Moment {
        events.removeAll(keepingCapacity: true)
        var timeoutMillis: Int32 = -1
        if let deadline {
            let wait = max(0, deadline.milliseconds(since: SystemClock.now().monotonic))
            timeoutMillis = Int32(min(wait, 3_600_000))
        }
        let count = unsafe epoll_wait(epoll, ready.baseAddress, Int32(Self.eventsPerPollMax), timeoutMillis)
        if count > 0 {
            for index in 0..<Int(count) { unsafe translate(ready[index], into: &events) }
        }
        return SystemClock.now()
    }

    private func translate(_ event: epoll_event, into events: inout [NetworkEvent]) {
        var event = unsafe event
        let token = unsafe clinux_epoll_token(&event)
        if token == Self.signalToken {
            readSignals(into: &events)
        } else if token == Self.synchronizerToken {
            guard let outcome = synchronizer?.nextOutcome() else { return }
            if isSynchronizing {
                isSynchronizing = false
                events.append(.synchronized(outcome))
            } else {
                // The child has died while it had nothing to do. Another one is started when there is.
                synchronizer = nil
            }
        } else if token & Self.listenerBit != 0 {
            events.append(.acceptable(ListenerID(rawValue: Int32(truncatingIfNeeded: token))))
        } else {
            let connection = ConnectionID(
                slot: Int32(truncatingIfNeeded: token & 0xFFFF_FFFF),
                generation: UInt32(truncatingIfNeeded: token >> 32))
            guard isCurrent(connection) else { return }
            let flags = unsafe event.events
            if flags & EPOLLOUT.rawValue != 0 { events.append(.writable(connection)) }
            if flags & (EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 {
                events.append(.readable(connection))
            }
        }
    }

    private func readSignals(into events: inout [NetworkEvent]) {
        var signal = signalfd_siginfo()
        while unsafe read(signals, &signal, MemoryLayout<signalfd_siginfo>.size) > 0 {
            events.append(signal.ssi_signo == UInt32(SIGHUP) ? .reload : .terminate)
        }
    }

    // MARK: Connections

    public func receive(from connection: ConnectionID, into buffer: inout [UInt8]) -> ReceiveOutcome {
        guard isCurrent(connection) else { return .failed(EBADF) }
        while true {
            let room = buffer.count
            let count = unsafe recv(connection.slot, &buffer, room, Int32(MSG_DONTWAIT))
            if count > 0 { return .received(count) }
            // An empty datagram is still a datagram.
            if count == 0 { return slots[Int(connection.slot)].isDatagram ? .received(0) : .ended }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            default: return .failed(errno)
            }
        }
    }

    public func send(_ bytes: inout ByteQueue, to connection: ConnectionID) -> SendOutcome {
        guard isCurrent(connection) else { return .failed(EBADF) }
        while !bytes.isEmpty {
            let count = bytes.withSpan { span in
                unsafe span.withUnsafeBufferPointer { buffer in
                    unsafe Glibc.send(
                        connection.slot, buffer.baseAddress, buffer.count,
                        Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
                }
            }
            if count == bytes.count {
                // removeFirst would replace shared storage by an equally large buffer of our own.
                bytes.release()
            } else if count >= 0 {
                bytes.removeFirst(count)
            } else if errno == EAGAIN {
                return .wouldBlock
            } else if errno != EINTR {
                return .failed(errno)
            }
        }
        return .sent
    }

    public func watch(_ connection: ConnectionID, reading: Bool, writing: Bool) {
        guard isCurrent(connection) else { return }
        let wanted = (reading ? EPOLLIN.rawValue : 0) | (writing ? EPOLLOUT.rawValue : 0)
        guard slots[Int(connection.slot)].watched != wanted else { return }
        slots[Int(connection.slot)].watched = wanted
        _ = clinux_epoll_modify(epoll, connection.slot, wanted, Self.token(of: connection))
    }

    public func finishSending(to connection: ConnectionID) {
        guard isCurrent(connection) else { return }
        shutdown(connection.slot, Int32(SHUT_WR))
    }

    public func close(_ connection: ConnectionID, reset: Bool) {
        guard isCurrent(connection) else { return }
        slots[Int(connection.slot)].isOpen = false
        if reset { SocketAddress.resetOnClose(connection.slot) }
        Glibc.close(connection.slot)
    }

    func isCurrent(_ connection: ConnectionID) -> Bool {
        let index = Int(connection.slot)
        return slots.indices.contains(index) && slots[index].isOpen && slots[index].generation == connection.generation
    }

    private static func token(of connection: ConnectionID) -> UInt64 {
        UInt64(connection.generation) << 32 | UInt64(UInt32(bitPattern: connection.slot))
    }

    // MARK: Synchronizing

    /// Prepares for `synchronize`, which must not find that no descriptor is left.
    ///
    /// - Throws: `NetworkError` if the kernel has no descriptor to spare.
    public func prepareSynchronizing() throws(NetworkError) {
        let made = try Synchronizer()
        guard clinux_epoll_add(epoll, made.descriptor, EPOLLIN.rawValue, Self.synchronizerToken) == 0 else {
            throw .last("epoll_ctl")
        }
        synchronizer = made
    }

    public func synchronize(_ request: SyncRequest) -> SyncOutcome? {
        if synchronizer == nil {
            do throws(NetworkError) {
                try prepareSynchronizing()
            } catch {
                return .failed(ErrorNumber(rawValue: error.errno))
            }
        }
        let outcome = synchronizer?.begin(request)
        isSynchronizing = outcome == nil
        return outcome
    }

    // MARK: The log

    public func writeLog(_ lines: inout ByteQueue) {
        // A pipe that poll(2) calls writable accepts PIPE_BUF bytes without blocking (pipe(7)).
        while !lines.isEmpty {
            var descriptor = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
            guard unsafe Glibc.poll(&descriptor, 1, 0) == 1, descriptor.revents & Int16(POLLOUT) != 0 else { return }
            let count = lines.withSpan { span in
                unsafe span.withUnsafeBufferPointer { buffer in
                    unsafe write(STDERR_FILENO, buffer.baseAddress, min(buffer.count, 4096))
                }
            }
            guard count > 0 else { return }
            lines.removeFirst(count)
        }
    }
}

extension NetworkError {
    /// The error of the last call, from errno.
    static func last(_ operation: String) -> NetworkError {
        NetworkError(operation: operation, errno: Glibc.errno, reason: words(for: Glibc.errno))
    }

    /// The words of strerror(3), as part of a sentence.
    static func words(for errno: Int32) -> String {
        let words = unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
        return words.prefix(1).lowercased() + words.dropFirst()
    }
}
