import Bytes
import Glibc
import Linux
import Peers
import Platform
import Testing

@testable import Server

/// Connections that a service opens, over the real network.
@Suite(.timeLimit(.minutes(1))) struct GatewayOutgoingTests {
    private let service = DialingService()
    private let gateway: Gateway

    init() throws { gateway = try DialingService.gateway(service, slowClientTimeoutMillis: 200) }

    /// A connection that is open, and the peer's end of it.
    private func open() throws -> (ConnectionID, peer: RawSocket) {
        let listener = try RawSocket.listener()
        let id = try gateway.connect(to: .loopbackIPv4, port: listener.port, timeoutMillis: 5000)
        try service.turn(gateway) { service.news.contains(.connected(id)) }
        #expect(service.news == [.connected(id)])
        return (id, try listener.accept())
    }

    private var isEmpty: Bool { gateway.connections.allSatisfy { $0 == nil } }

    @Test func `bytes go both ways and then the end`() throws {
        let (id, peer) = try open()
        #expect(gateway.connectionCount == 0)
        #expect(gateway.send(Array("question".utf8), to: id))
        // Nothing is sent before what was decided is durable.
        service.beforeSending = { #expect(peer.receive(flags: MSG_DONTWAIT) == nil) }
        #expect(gateway.queuedBytes(of: id) == 8)
        peer.send(Array("greeting".utf8))
        try service.turn(gateway) { service.news.count == 2 }
        #expect(gateway.queuedBytes(of: id) == 0)
        #expect(peer.receive() == Array("question".utf8))
        peer.send(Array("answer".utf8))
        peer.finishSending()
        try service.turn(gateway) { service.news.count == 4 }
        #expect(
            service.news == [.connected(id), .received("greeting", id), .received("answer", id), .ended(.ended, id)])
        #expect(isEmpty && !gateway.send([1], to: id))
    }

    @Test func `what cannot be opened is told in words`() throws {
        let silent = try RawSocket.silentPort()
        let unanswered = try gateway.connect(to: .loopbackIPv4, port: silent.port, timeoutMillis: 100)
        #expect(!gateway.send([1], to: unanswered))
        try service.turn(gateway) { !service.news.isEmpty }
        #expect(service.news == [.ended(.failed("no answer within 100 ms"), unanswered)])

        let refused = try gateway.openDatagramSocket(to: .loopbackIPv4, port: 1)
        #expect(gateway.send([1], to: refused))
        try service.turn(gateway) { service.news.count == 2 }
        #expect(service.news.last == .ended(.failed("connection refused"), refused))
        #expect(isEmpty)
    }

    @Test func `datagrams are not joined`() throws {
        let peer = try RawSocket(SOCK_DGRAM)
        let id = try gateway.openDatagramSocket(to: .loopbackIPv4, port: peer.port)
        #expect(gateway.send([1], to: id) && !gateway.send([2], to: id))
        try service.turn(gateway) { gateway.queuedBytes(of: id) == 0 }
        peer.echo()
        try service.turn(gateway) { !service.news.isEmpty }
        peer.send([], to: RawSocket.port(of: id.slot))
        try service.turn(gateway) { service.news.count == 2 }
        #expect(service.news == [.received("\u{1}", id), .received("", id)])
        gateway.closeOutgoing(id)
        #expect(isEmpty)
    }

    /// An end that is seen while sending comes after the commit, and what the service then decides must not be heard of
    /// before the next.
    @Test func `an end is told before a commit`() throws {
        let (id, peer) = try open()
        try breakWhileSending(id, peer)
        let start = gateway.now.monotonic
        #expect(try gateway.turn())
        #expect(service.happenings.suffix(2) == [.ended(.failed("connection reset by peer"), id), .committed])
        #expect(gateway.now.monotonic.milliseconds(since: start) < 5000)
    }

    private func breakWhileSending(_ id: ConnectionID, _ peer: RawSocket) throws {
        let news = service.news
        service.beforeSending = {
            peer.reset()
            #expect(gateway.send([1], to: id))
        }
        try service.turn(gateway) { gateway.connection(id) == nil }
        #expect(service.news == news && service.happenings.last == .committed)
    }

    @Test func `a peer that takes nothing is cut`() throws {
        let (id, peer) = try open()
        let piece = [UInt8](repeating: 0, count: Gateway.outgoingBytesMax)
        #expect(gateway.send(piece, to: id) && !gateway.send([1], to: id))
        try service.turn(gateway) { service.news.count == 2 }
        #expect(service.news.last == .ended(.failed("it took nothing for 200 ms"), id))
        _ = peer
    }

    @Test func `a stop waits for none of them`() throws {
        let (id, peer) = try open()
        gateway.beginDraining()
        #expect(try !gateway.turn())
        #expect(service.news.last == .ended(.failed("the station is stopping"), id))
        #expect(throws: NetworkError.self) { try gateway.connect(to: .loopbackIPv4, port: 1, timeoutMillis: 1) }
        #expect(isEmpty)
        _ = peer
    }

    @Test func `what the service closes it does not hear of`() throws {
        let (id, peer) = try open()
        try breakWhileSending(id, peer)
        gateway.closeOutgoing(id)
        let count = service.happenings.count
        try service.turn(gateway) { service.happenings.count > count }
        #expect(service.news == [.connected(id)])
        #expect(isEmpty)
    }
}
