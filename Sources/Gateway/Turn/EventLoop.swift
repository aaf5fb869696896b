import Bytes
import HTTP
import JSON
import Platform
import SocketIO
import TLS
import WebSocket

/// Everything between the network and a service: connections and their protocols, Engine.IO sessions, timers, and the
/// turn, whose order is fixed in `turn()`.
///
/// The service is called at fixed places of the turn and never from within one of its own calls: callbacks that would
/// follow from those are deferred (`DeferredWork`).
public final class EventLoop {
    enum TimerOwner {
        case connection(ConnectionID)
        /// By name, so that the entry does not keep an ended session alive.
        case engine(RandomName)
    }

    static let receiveBytesMax = 64 * 1024
    static let receiversPerSend = 64
    static let lingerMillis: Int64 = 2_000
    static let closeTimeoutMillis: Int64 = 5_000
    private static let timersMaxLeast = 1024

    /// The network that the loop polls.
    public let network: any Network
    /// The service that the loop calls.
    public let service: Service
    /// The limits and endpoints. New values hold for everything that begins after the change.
    public var settings: GatewaySettings
    /// Lines for the technician, written at the end of each turn.
    public var log: Log
    /// The source of session and socket ids, which no one may guess.
    public var random: any RandomNumberGenerator

    /// The time of this turn.
    public internal(set) var now: Moment
    /// The number of this turn.
    var turnCount: UInt64 = 0
    var events: [NetworkEvent] = []
    /// Makes the machines of connections accepted with TLS; nil if there is no such listener.
    public var tlsServer: (any TLSServer)?
    /// The first port with TLS; nil if there is none.
    private(set) var securePort: UInt16?
    /// The ports without TLS.
    private(set) var plainPorts: Set<UInt16> = []
    /// Where TLS puts decrypted bytes: a whole record.
    var plainBuffer = [UInt8](repeating: 0, count: 16 * 1024)
    var receiveBuffer = [UInt8](repeating: 0, count: receiveBytesMax)
    var timers = TimerQueue<TimerOwner>()
    /// Above this number of entries it is worth looking for obsolete ones.
    private var timersMax = timersMaxLeast

    var connections = ConnectionTable()
    var sessions = EngineSessions()
    var admission = Admission()
    var drain = Drain()
    var deferred = DeferredWork()
    var pace = CommitPace()
    /// How much of this turn is left for the connection, or client, whose input is being processed.
    var share = TurnShare()
    /// Bytes that wait for clients that read slowly, and in sessions for their next poll.
    var waitingOutputBytes = 0
    var refusalCounts: [GatewayLimit: Int] = [:]
    /// Ends of outgoing connections that the service has yet to hear of.
    var outgoingEnds: [(connection: ConnectionID, end: OutgoingEnd)] = []

    /// Creates a loop that listens nowhere yet.
    public init(
        network: any Network, service: Service, settings: GatewaySettings, log: Log,
        random: any RandomNumberGenerator, now: Moment
    ) {
        self.network = network
        self.service = service
        self.settings = settings
        self.log = log
        self.random = random
        self.now = now
    }

    /// Listens on an endpoint from the next turn on.
    ///
    /// - Parameter isSecure: whether clients speak TLS there, which `tlsServer` must be set for.
    /// - Returns: the port; 0 for a Unix socket.
    public func listen(
        on endpoint: ListenEndpoint, for use: ListenerUse = .clients, isSecure: Bool = false
    ) throws(NetworkError) -> UInt16 {
        let listener = try network.listen(on: endpoint)
        admission.listeners[listener] = Listener(use: use, isSecure: isSecure)
        let port = network.port(of: listener)
        if use == .clients {
            if isSecure { securePort = securePort ?? port } else { plainPorts.insert(port) }
        }
        return port
    }

    /// The number of clients' connections, without child processes and connections that the service has opened.
    public var connectionCount: Int { connections.clientCount }

    /// The number of open Engine.IO sessions.
    public var engineClientCount: Int { sessions.count }

    /// Whether a connection is still open.
    public func isConnected(_ id: ConnectionID) -> Bool { connections[id] != nil }

    /// Draws a new name for a session or a socket.
    public func makeName() -> RandomName { RandomName(using: &random) }

    // MARK: Closing

    /// Closes at once, and tells the owner of the connection.
    func closeConnection(_ connection: Connection, reset: Bool = false) {
        guard !connection.isClosed else { return }
        connection.fate = .closed
        network.close(connection.id, reset: reset)
        connections.remove(connection)
        endStall(of: connection)
        connection.outbox.removeAll()
        switch connection.stage {
        case .child(let child):
            drain.childCount -= 1
            service.children?.childEnded(connection.id, output: child.output, through: self, now: now)
        case .http(let http):
            if let client = http.engineClient { pollGone(connection, of: client) }
        case .webSocket(let webSocket): detach(webSocket, from: connection)
        case .outgoing, .preface: break
        }
    }

    /// Does the work that came up during calls of the service.
    func resolveDeferred() {
        while let id = deferred.dequeueAbandoned() {
            if let connection = connections[id] { closeConnection(connection, reset: true) }
        }
        while let client = deferred.nextHeldClient {
            guard share.isTurnLeft else { return deferred.postponeHeld() }
            share.beginConnection()
            pump(client)
        }
    }

    // MARK: Timers

    /// Puts the connection's earliest deadline in the timer queue.
    func arm(_ connection: Connection) {
        guard let deadline = deadline(of: connection) else { return }
        if let timer = connection.timer, timer <= deadline { return }
        connection.timer = deadline
        timers.set(deadline, for: .connection(connection.id))
    }

    /// Drops the deadlines of connections and sessions that are gone, once they are the greater part. The cost is
    /// O(log n) for each deadline that was set.
    func forgetTimers() {
        guard timers.count > timersMax else { return }
        timers.removeAll { owner in
            switch owner {
            case .connection(let id): connections[id] == nil
            case .engine(let session): sessions[session] == nil
            }
        }
        timersMax = max(Self.timersMaxLeast, 2 * timers.count)
    }

    private func deadline(of connection: Connection) -> MonotonicTime? {
        if case .lingering(let until) = connection.fate { return until }
        let stalled = connection.stall?.periodStart.advanced(byMilliseconds: settings.slowClientTimeoutMillis)
        let stage: MonotonicTime? =
            switch connection.stage {
            case .preface(let preface): preface.deadline
            case .http(let http): http.machine.deadline
            case .webSocket(let webSocket): webSocket.deadline
            case .child(let child): child.deadline
            case .outgoing(let outgoing): outgoing.deadline
            }
        return .earlier(.earlier(stalled, stage), connection.secure?.openingDeadline)
    }
}
