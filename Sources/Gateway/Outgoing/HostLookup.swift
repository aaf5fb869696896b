import Bytes
import DNS
import Platform

/// A name resolution under way, with its sockets.
///
/// Each callback returns whether it was for this lookup. All sockets are closed once there is an outcome.
struct HostLookup {
    private struct Query {
        let number: Int
        let server: IPAddress
        let connection: ConnectionID
    }

    private var resolution: NameResolution
    private let port: UInt16
    private var queries: [Query] = []
    private(set) var outcome: Result<ResolvedAddresses, NameResolutionFault>?

    init(of host: String, with files: ResolverFiles, through loop: EventLoop, now: Moment) {
        resolution = NameResolution(
            of: host, configuration: files.configuration, hosts: files.hosts, using: &loop.random,
            now: now.monotonic)
        port = files.nameserverPort
        advance(through: loop, now: now)
    }

    var deadline: MonotonicTime? { resolution.deadline }

    mutating func received(
        _ datagram: Span<UInt8>, from connection: ConnectionID, through loop: EventLoop, now: Moment
    ) -> Bool {
        guard let query = queries.first(where: { $0.connection == connection }) else { return false }
        resolution.receive(datagram, from: query.server, query: query.number, now: now.monotonic)
        advance(through: loop, now: now)
        return true
    }

    mutating func ended(_ connection: ConnectionID, through loop: EventLoop, now: Moment) -> Bool {
        guard let place = queries.firstIndex(where: { $0.connection == connection }) else { return false }
        resolution.fail(query: queries.remove(at: place).number, now: now.monotonic)
        advance(through: loop, now: now)
        return true
    }

    mutating func expire(through loop: EventLoop, now: Moment) {
        guard let deadline, deadline <= now.monotonic else { return }
        resolution.expire(now: now.monotonic)
        advance(through: loop, now: now)
    }

    mutating func cancel(through loop: EventLoop) {
        for query in queries { loop.closeOutgoing(query.connection) }
        queries = []
    }

    /// Does what the resolution asks for.
    private mutating func advance(through loop: EventLoop, now: Moment) {
        while let action = resolution.nextAction(using: &loop.random) {
            switch action {
            case .send(let datagram, let server, let number):
                if !send(datagram, to: server, number: number, through: loop) {
                    resolution.fail(query: number, now: now.monotonic)
                }
            case .close(let number):
                // A socket that has ended by itself is no longer in the list.
                guard let place = queries.firstIndex(where: { $0.number == number }) else { continue }
                loop.closeOutgoing(queries.remove(at: place).connection)
            case .resolved(let addresses): outcome = .success(addresses)
            case .failed(let fault): outcome = .failure(fault)
            }
        }
    }

    private mutating func send(
        _ datagram: [UInt8], to server: IPAddress, number: Int, through loop: EventLoop
    ) -> Bool {
        guard let connection = try? loop.openDatagramSocket(to: server, port: port) else { return false }
        queries.append(Query(number: number, server: server, connection: connection))
        return loop.send(datagram, to: connection)
    }
}
