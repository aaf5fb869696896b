import Foundation
import Synchronization

/// A TCP proxy on this machine whose connections a test can break in the ways in which networks break them.
///
/// One thread with poll(2) serves all connections. What has been asked for is done when the call returns. A new
/// connection is never touched by what was done to earlier ones.
final class FaultyProxy: Sendable {
    /// Where clients connect.
    let port: UInt16
    private let relay: FaultyRelay

    /// - Parameters:
    ///   - holding: how many bytes of a connection are on their way at most, where that is to be little.
    ///   - target: the port that it leads to, which is asked anew for each connection.
    init(holding bytes: Int? = nil, target: @escaping @Sendable () -> UInt16) throws {
        relay = try FaultyRelay(holding: bytes, target: target)
        port = relay.port
        // The thread keeps the relay and not the proxy, so that it ends when the test lets go of the proxy.
        Thread.detachNewThread { [relay] in relay.run() }
    }

    deinit { relay.perform(.end) }

    /// Resets both sides of every connection: both see ECONNRESET, what is under way is lost.
    func reset() { relay.perform(.reset) }

    /// Closes both sides of every connection in order: both see its end, at any place between two bytes.
    func close() { relay.perform(.close) }

    /// Leaves every connection half-open: nothing more is forwarded and nothing is closed, whatever either side does,
    /// until `reset`, `close` or `thaw`.
    func freeze() { relay.perform(.freeze) }

    /// Lets frozen connections go on as if nothing had been.
    func thaw() { relay.perform(.thaw) }

    /// The connections that there are, frozen ones too.
    var connectionCount: Int { relay.connectionCount.load(ordering: .acquiring) }
}

/// What the proxy's thread does. All but `perform` and `connectionCount` belongs to that thread.
private final class FaultyRelay: @unchecked Sendable {
    enum Command { case reset, close, freeze, thaw, end }

    private static let connectionCountMax = 256

    let port: UInt16
    let connectionCount = Atomic<Int>(0)
    private let bytesMax: Int?
    private let target: @Sendable () -> UInt16
    private let listener: Int32
    /// A pair of sockets: a byte that goes into the first says that a command is waiting.
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
        // Where there is no room for the byte, others wait there.
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
            // Commands change what connections there are, and with that what the entries mean.
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
        if let bytesMax { LocalSocket.receiveAtOnce(bytesMax, on: server) }
        guard LocalSocket.connect(server, to: target()) else {
            // Nobody listens there, which a client sees as the end of its connection.
            Glibc.close(client)
            Glibc.close(server)
            return
        }
        connections.append(ProxiedConnection(client: client, server: server, bytesMax: bytesMax ?? 65_536))
    }
}
