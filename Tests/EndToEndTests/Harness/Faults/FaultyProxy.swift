import Foundation
import Synchronization

/// A local TCP proxy whose connections a test can break the way networks break them.
///
/// One thread with poll(2) serves all connections. Each call returns once its work is done, and affects only the
/// connections that exist by then.
final class FaultyProxy: Sendable {
    /// Where clients connect.
    let port: UInt16
    private let relay: FaultyRelay

    /// - Parameters:
    ///   - holding: the most bytes that may be in transit in one direction, if they are to be few.
    ///   - target: gives the port to connect to. It is called again for each connection.
    init(holding bytes: Int? = nil, target: @escaping @Sendable () -> UInt16) throws {
        relay = try FaultyRelay(holding: bytes, target: target)
        port = relay.port
        // The thread holds the relay, not the proxy, so that it ends when the test releases the proxy.
        Thread.detachNewThread { [relay] in relay.run() }
    }

    deinit { relay.perform(.end) }

    /// Resets both sides of every connection. Both see ECONNRESET, and bytes in transit are lost.
    func reset() { relay.perform(.reset) }

    /// Closes both sides of every connection in order. Both see the end, at any point between two bytes.
    func close() { relay.perform(.close) }

    /// Leaves every connection half-open: until `reset`, `close` or `thaw`, nothing is forwarded or closed, whatever
    /// either side does.
    func freeze() { relay.perform(.freeze) }

    /// Lets frozen connections continue as if nothing had happened.
    func thaw() { relay.perform(.thaw) }

    /// The number of open connections, including frozen ones.
    var connectionCount: Int { relay.connectionCount.load(ordering: .acquiring) }
}

/// The work of the proxy's thread. Everything except `perform` and `connectionCount` belongs to that thread.
private final class FaultyRelay: @unchecked Sendable {
    enum Command { case reset, close, freeze, thaw, end }

    private static let connectionCountMax = 256

    let port: UInt16
    let connectionCount = Atomic<Int>(0)
    private let bytesMax: Int?
    private let target: @Sendable () -> UInt16
    private let listener: Int32
    /// A pair of sockets: a byte written to the first announces a waiting command.
    private let wake: (in: Int32, out: Int32)
    private let commands = Mutex<[(command: Command, done: DispatchSemaphore)]>([])
    private var connections: [ProxiedConnection] = []
    private var isOver = false

    init(holding bytes: Int?, target: @escaping @Sendable () -> UInt16) throws {
        bytesMax = bytes
        self.target = target
        listener = try LocalSocket.open()
        do {
            port = try LocalSocket.listen(listener)
            wake = try LocalSocket.pair()
        } catch {
            Glibc.close(listener)
            throw error
        }
    }

    deinit {
        for descriptor in [listener, wake.in, wake.out] { Glibc.close(descriptor) }
    }

    func perform(_ command: Command) {
        let done = DispatchSemaphore(value: 0)
        commands.withLock { $0.append((command, done)) }
        // If there is no room for the byte, others are already waiting there.
        _ = Glibc.send(wake.in, [1], 1, Int32(MSG_NOSIGNAL))
        done.wait()
    }

    // MARK: The thread

    func run() {
        while !isOver {
            var entries = [
                pollfd(fd: wake.out, events: Int16(POLLIN), revents: 0),
                pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
            ]
            for connection in connections { entries += connection.entries }
            guard poll(&entries, nfds_t(entries.count), -1) > 0 else { continue }
            if entries[0].revents != 0 { obey() }
            // Commands change the list of connections, and then the entries no longer match it.
            if entries[0].revents == 0 {
                for (index, connection) in connections.enumerated() {
                    connection.forward(entries[2 + 2 * index].revents, entries[3 + 2 * index].revents)
                }
            }
            connections.removeAll(where: \.isOver)
            if entries[1].revents != 0, !isOver { accept() }
            connectionCount.store(connections.count, ordering: .releasing)
        }
    }

    private func obey() {
        var bytes = [UInt8](repeating: 0, count: 64)
        _ = recv(wake.out, &bytes, bytes.count, 0)
        let waiting = commands.withLock { commands in
            defer { commands = [] }
            return commands
        }
        for (command, _) in waiting {
            for connection in connections {
                switch command {
                case .reset: connection.end(withReset: true)
                case .close, .end: connection.end(withReset: false)
                case .freeze: connection.isFrozen = true
                case .thaw: connection.isFrozen = false
                }
            }
            connections.removeAll(where: \.isOver)
            if command == .end { isOver = true }
        }
        connectionCount.store(connections.count, ordering: .releasing)
        for (_, done) in waiting { done.signal() }
    }

    private func accept() {
        guard let client = LocalSocket.accept(listener) else { return }
        guard connections.count < Self.connectionCountMax, let server = try? LocalSocket.open() else {
            Glibc.close(client)
            return
        }
        if let bytesMax { LocalSocket.limitReceiveBuffer(to: bytesMax, on: server) }
        guard LocalSocket.connect(server, to: target()) else {
            // Nobody listens there. The client sees the end of its connection.
            Glibc.close(client)
            Glibc.close(server)
            return
        }
        connections.append(ProxiedConnection(client: client, server: server, bytesMax: bytesMax ?? 65_536))
    }
}
