import Bytes
import Glibc
import Linux
import Peers
import Platform
import Testing

/// Outgoing connections to peers on the loopback interface.
@Suite(.timeLimit(.minutes(1))) struct LinuxNetworkOutgoingTests {
    private let network: LinuxNetwork

    init() throws { network = try LinuxNetwork(dataPath: "/nonexistent") }

    /// Waits up to `milliseconds` and returns what is ready.
    private func events(within milliseconds: Int64 = 5000) -> [NetworkEvent] {
        var events: [NetworkEvent] = []
        let deadline = SystemClock.now().monotonic.advanced(byMilliseconds: milliseconds)
        _ = network.poll(into: &events, until: deadline)
        return events
    }

    private func received(from connection: ConnectionID) -> (ReceiveOutcome, [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let outcome = network.receive(from: connection, into: &buffer)
        guard case .received(let count) = outcome else { return (outcome, []) }
        return (outcome, Array(buffer[..<count]))
    }

    private func send(_ text: String, to connection: ConnectionID) -> SendOutcome {
        var bytes = ByteQueue()
        bytes.append(Array(text.utf8))
        return network.send(&bytes, to: connection)
    }

    @Test(arguments: [IPAddress.loopbackIPv4, .loopbackIPv6])
    func `a connection is ready once it is open`(address: IPAddress) throws {
        let listener = try network.listen(on: .tcp(host: "\(address)", port: 0))
        let connection = try network.connect(to: address, port: network.port(of: listener))
        var ready: Set<NetworkEvent> = []
        while ready.count < 2 { ready.formUnion(events()) }
        #expect(ready == [.acceptable(listener), .writable(connection)])
        #expect(network.connectOutcome(of: connection) == .connected)
        guard case .connection(let accepted, let peer) = network.accept(from: listener) else {
            Issue.record("no connection is waiting")
            return
        }
        #expect(peer.description == "\(address)")

        #expect(send("question", to: connection) == .sent)
        network.watch(connection, reading: true, writing: false)
        #expect(events() == [.readable(accepted)])
        #expect(received(from: accepted).1 == Array("question".utf8))
        #expect(send("answer", to: accepted) == .sent)
        #expect(events() == [.readable(connection)])
        #expect(received(from: connection).1 == Array("answer".utf8))
        network.close(accepted, reset: false)
        #expect(events() == [.readable(connection)])
        #expect(received(from: connection).0 == .ended)
        network.close(connection, reset: false)
        network.close(listener)
    }

    @Test func `a refused connection fails with its errno`() throws {
        let peer = try RawSocket(SOCK_STREAM)
        let outcome: ConnectOutcome
        do {
            let connection = try network.connect(to: .loopbackIPv4, port: peer.port)
            #expect(!events().isEmpty)
            outcome = network.connectOutcome(of: connection)
            network.close(connection, reset: false)
        } catch {
            outcome = .failed(error.errno)
        }
        #expect(outcome == .failed(ECONNREFUSED))
        #expect(network.words(for: ECONNREFUSED) == "connection refused")
        #expect(network.words(for: EHOSTUNREACH) == "no route to host")
    }

    /// A full backlog neither accepts a handshake nor refuses it.
    @Test func `a connection without an answer stays pending`() throws {
        let peer = try RawSocket.silentPort()
        let connection = try network.connect(to: .loopbackIPv4, port: peer.port)
        #expect(events(within: 100) == [])
        #expect(network.connectOutcome(of: connection) == .pending)
        network.close(connection, reset: false)
        #expect(network.connectOutcome(of: connection) == .failed(EBADF))
    }

    @Test(arguments: [IPAddress.loopbackIPv4, .loopbackIPv6])
    func `datagrams arrive one by one`(address: IPAddress) throws {
        let peer = try RawSocket(SOCK_DGRAM, at: address)
        let socket = try network.openDatagramSocket(to: peer.address, port: peer.port)
        for text in ["one", "two", ""] {
            if text.isEmpty {
                // A byte queue cannot hold an empty datagram.
                Glibc.send(socket.slot, "", 0, 0)
            } else {
                #expect(send(text, to: socket) == .sent)
            }
            peer.echo()
        }
        for text in ["one", "two", ""] {
            #expect(events() == [.readable(socket)])
            let (outcome, bytes) = received(from: socket)
            #expect(outcome == .received(text.utf8.count))
            #expect(bytes == Array(text.utf8))
        }
        #expect(received(from: socket).0 == .wouldBlock)
        network.close(socket, reset: false)
    }

    @Test func `a datagram socket hears only its peer`() throws {
        let peer = try RawSocket(SOCK_DGRAM)
        let stranger = try RawSocket(SOCK_DGRAM)
        let socket = try network.openDatagramSocket(to: .loopbackIPv4, port: peer.port)
        #expect(send("question", to: socket) == .sent)
        stranger.send(Array("lie".utf8), to: RawSocket.port(of: socket.slot))
        #expect(events(within: 50) == [])
        peer.echo()
        #expect(events() == [.readable(socket)])
        #expect(received(from: socket).1 == Array("question".utf8))
        network.close(socket, reset: false)
    }

    @Test func `a port without a socket refuses datagrams`() throws {
        let socket = try network.openDatagramSocket(to: .loopbackIPv4, port: 1)
        #expect(send("anyone?", to: socket) == .sent)
        #expect(events() == [.readable(socket)])
        #expect(received(from: socket).0 == .failed(ECONNREFUSED))
        network.close(socket, reset: false)
    }
}
