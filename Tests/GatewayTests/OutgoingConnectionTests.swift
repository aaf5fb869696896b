import Bytes
import Glibc
import Linux
import Peers
import Platform
import Testing

@testable import Gateway

/// Connections that a service opens, over the real network.
@Suite(.timeLimit(.minutes(1))) struct OutgoingConnectionTests {
    private let service = DialingService()
    private let loop: EventLoop

    init() throws { loop = try DialingService.loop(service, slowClientTimeoutMillis: 200) }

    /// An open connection, and the peer's end of it.
    private func open() throws -> (ConnectionID, peer: RawSocket) {
        let listener = try RawSocket.listener()
        let id = try loop.connect(to: .loopbackIPv4, port: listener.port, timeoutMillis: 5000)
        try service.turn(loop) { service.news.contains(.connected(id)) }
        #expect(service.news == [.connected(id)])
        return (id, try listener.accept())
    }

    private var isEmpty: Bool { loop.connections.all.isEmpty }

    @Test func `bytes go both ways, then the end arrives`() throws {
        let (id, peer) = try open()
        #expect(loop.connectionCount == 0)
        #expect(loop.send(Array("question".utf8), to: id))
        // Nothing is sent before the decisions are durable.
        service.beforeSending = { #expect(peer.receive(flags: MSG_DONTWAIT) == nil) }
        #expect(loop.queuedBytes(of: id) == 8)
        peer.send(Array("greeting".utf8))
        try service.turn(loop) { service.news.count == 2 }
        #expect(loop.queuedBytes(of: id) == 0)
        #expect(peer.receive() == Array("question".utf8))
        peer.send(Array("answer".utf8))
        peer.finishSending()
        try service.turn(loop) { service.news.count == 4 }
        #expect(
            service.news == [.connected(id), .received("greeting", id), .received("answer", id), .ended(.ended, id)])
        #expect(isEmpty && !loop.send([1], to: id))
    }

    @Test func `a connection that cannot be opened fails with a reason`() throws {
        let silent = try RawSocket.silentPort()
        let unanswered = try loop.connect(to: .loopbackIPv4, port: silent.port, timeoutMillis: 100)
        #expect(!loop.send([1], to: unanswered))
        try service.turn(loop) { !service.news.isEmpty }
        #expect(service.news == [.ended(.failed("no answer within 100 ms"), unanswered)])

        let refused = try loop.openDatagramSocket(to: .loopbackIPv4, port: 1)
        #expect(loop.send([1], to: refused))
        try service.turn(loop) { service.news.count == 2 }
        #expect(service.news.last == .ended(.failed("connection refused"), refused))
        #expect(isEmpty)
    }

    @Test func `datagrams are not joined`() throws {
        let peer = try RawSocket(SOCK_DGRAM)
        let id = try loop.openDatagramSocket(to: .loopbackIPv4, port: peer.port)
        #expect(loop.send([1], to: id) && !loop.send([2], to: id))
        try service.turn(loop) { loop.queuedBytes(of: id) == 0 }
        peer.echo()
        try service.turn(loop) { !service.news.isEmpty }
        peer.send([], to: RawSocket.port(of: id.slot))
        try service.turn(loop) { service.news.count == 2 }
        #expect(service.news == [.received("\u{1}", id), .received("", id)])
        loop.closeOutgoing(id)
        #expect(isEmpty)
    }

    /// The loop may see an end while sending, which is after the commit. What the service then decides must not be seen
    /// by anyone before the next commit.
    @Test func `an end is reported before a commit`() throws {
        let (id, peer) = try open()
        try breakWhileSending(id, peer)
        let start = loop.now.monotonic
        #expect(try loop.turn())
        #expect(service.happenings.suffix(2) == [.ended(.failed("connection reset by peer"), id), .committed])
        #expect(loop.now.monotonic.milliseconds(since: start) < 5000)
    }

    private func breakWhileSending(_ id: ConnectionID, _ peer: RawSocket) throws {
        let news = service.news
        service.beforeSending = {
            peer.reset()
            #expect(loop.send([1], to: id))
        }
        try service.turn(loop) { loop.connections[id] == nil }
        #expect(service.news == news && service.happenings.last == .committed)
    }

    @Test func `a peer that reads nothing is cut off`() throws {
        let (id, peer) = try open()
        let piece = [UInt8](repeating: 0, count: EventLoop.outgoingBytesMax)
        #expect(loop.send(piece, to: id) && !loop.send([1], to: id))
        try service.turn(loop) { service.news.count == 2 }
        #expect(service.news.last == .ended(.failed("it read nothing for 200 ms"), id))
        _ = peer
    }

    @Test func `a stop waits for no outgoing connection`() throws {
        let (id, peer) = try open()
        loop.beginDraining()
        #expect(try !loop.turn())
        #expect(service.news.last == .ended(.failed("the station is stopping"), id))
        #expect(throws: NetworkError.self) { try loop.connect(to: .loopbackIPv4, port: 1, timeoutMillis: 1) }
        #expect(isEmpty)
        _ = peer
    }

    @Test func `the service hears nothing of a connection that it closed`() throws {
        let (id, peer) = try open()
        try breakWhileSending(id, peer)
        loop.closeOutgoing(id)
        let count = service.happenings.count
        try service.turn(loop) { service.happenings.count > count }
        #expect(service.news == [.connected(id)])
        #expect(isEmpty)
    }
}
