import Bytes
import HTTP
import Platform

/// Clients that come through trusted proxies (`listen_proxies`).
///
/// A proxy says for whom it connects at the start of the connection (the PROXY protocol), or in each request
/// (`X-Forwarded-For` or `Forwarded`). In the first case the connection is that client's, and counts toward its address
/// like any other. In the second it carries requests of many clients and counts toward no address; each request is of
/// its own client, and a WebSocket that it becomes is of the one who asked for it.
extension EventLoop {
    /// Whether what a peer says about its clients is believed.
    func isTrustedProxy(_ peer: PeerAddress) -> Bool {
        guard !settings.proxies.isEmpty, let address = peer.address else { return false }
        return isTrusted(address)
    }

    private func isTrusted(_ address: IPAddress) -> Bool { settings.proxies.contains { $0.contains(address) } }

    private func peer(at address: IPAddress) -> PeerAddress {
        PeerAddress(address, isNeighbour: network.isNeighbour(address))
    }

    // MARK: The PROXY protocol

    /// Receives the first bytes of a trusted proxy's connection.
    func receivePreface(_ bytes: Span<UInt8>, on connection: Connection, _ stage: PrefaceStage) {
        if !stage.hasBegun {
            stage.hasBegun = true
            stage.deadline = now.monotonic.advanced(byMilliseconds: settings.http.headTimeoutMillis)
        }
        switch stage.machine.receive(bytes) {
        case .incomplete: break
        case .malformed:
            warn("\(connection.peer) sends a malformed PROXY header: closed")
            closeConnection(connection, reset: true)
        case .absent: beginHTTP(on: connection, stage, for: nil)
        case .header(let source): beginHTTP(on: connection, stage, for: source)
        }
    }

    private func beginHTTP(on connection: Connection, _ stage: PrefaceStage, for source: IPAddress?) {
        var refusal: HTTPResponse?
        if let source, isTrusted(source) {
            // A proxy in front of that proxy, which speaks for clients itself.
            connection.peer = peer(at: source)
        } else if let source {
            refusal = assign(connection, to: peer(at: source))
        }
        let http: HTTPStage
        if let refusal {
            guard connections.refusedCount < Admission.refusedConnectionsMax else {
                return closeConnection(connection, reset: true)
            }
            connections.assign(connection, to: connection.peer, as: .refused, turn: turnCount)
            http = refusedStage(with: refusal)
        } else {
            http = HTTPStage(machine: HTTPServerMachine(limits: settings.http, now: now.monotonic))
        }
        if connection.kind == .proxied { http.proxy = TrustedProxy(connection.peer) }
        connection.stage = .http(http)
        let rest = Array(stage.machine.rest)
        guard stage.isSecure else { return http.machine.receive(rest.span, now: now.monotonic) }
        secure(connection)
        if let secure = connection.secure, !connection.isClosed, !rest.isEmpty {
            receivedSealed(rest.span, on: connection, secure)
        }
    }

    /// Lets a proxy's connection count toward the address of the one client that it carries from now on.
    ///
    /// - Returns: the refusal if the address has too many.
    func assign(_ connection: Connection, to client: PeerAddress) -> HTTPResponse? {
        if let refusal = refusalOfAddress(client) { return refusal }
        connections.assign(connection, to: client, as: .client, turn: turnCount)
        return nil
    }

    // MARK: Fields

    /// Notes whose request this is.
    func noteClient(of request: HTTPRequest, on connection: Connection, _ http: HTTPStage) {
        guard let proxy = http.proxy else { return }
        let address = client(of: request.fields, through: proxy.peer)
        connection.peer = address.map { peer(at: $0) } ?? proxy.peer
    }

    /// Forgets whose request was answered: the next one is somebody else's, who has yet to prove who it is.
    func forgetClient(on connection: Connection, _ http: HTTPStage) {
        guard connection.silentNumber == 0, let proxy = http.proxy else { return }
        connection.silentNumber = connections.silent.insert(connection.id, from: proxy.peer.site, turn: turnCount)
    }

    /// The address that a request came from, as far as trusted proxies tell; nil if that is the proxy itself.
    ///
    /// A proxy manages one of the two fields and hands the other on as the client wrote it. Which one that is, nobody
    /// says; so where both are there and disagree, neither is believed.
    private func client(of fields: HTTPFields, through proxy: PeerAddress) -> IPAddress? {
        let usual = fields.forwardedFor()
        let standard = fields.forwarded()
        guard let usual, let standard else { return (usual ?? standard).flatMap(nearestStranger) }
        let client = nearestStranger(usual)
        guard client == nearestStranger(standard) else {
            warn("\(proxy) sends X-Forwarded-For and Forwarded that disagree: neither is believed")
            return nil
        }
        return client
    }

    /// The first of these addresses that is not a trusted proxy's. Where a proxy hides an address, it is the last one
    /// before that.
    ///
    /// - Parameter hops: the addresses, the nearest first; nil stands for one that is hidden.
    private func nearestStranger(_ hops: [IPAddress?]) -> IPAddress? {
        var nearest: IPAddress?
        for hop in hops {
            guard let hop else { break }
            nearest = hop
            guard isTrusted(hop) else { break }
        }
        return nearest
    }
}

/// The start of a trusted proxy's connection, before it is known for whom the proxy connects.
final class PrefaceStage {
    var machine = ProxyPreface()
    /// When the connection is closed: an idle one late, one that has begun a header soon.
    var deadline: MonotonicTime
    var hasBegun = false
    /// Whether TLS follows.
    let isSecure: Bool

    init(isSecure: Bool, deadline: MonotonicTime) {
        self.isSecure = isSecure
        self.deadline = deadline
    }
}

/// A trusted proxy that says in each request whose it is. A class, because most connections have none.
final class TrustedProxy {
    let peer: PeerAddress

    init(_ peer: PeerAddress) { self.peer = peer }
}
