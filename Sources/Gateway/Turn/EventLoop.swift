import Bytes
import HTTP
import JSON
import Platform
import SocketIO
import WebSocket

/// Everything between the network and a service: connections and what they speak, Engine.IO sessions, timers, limits,
/// and the turn.
public final class EventLoop {
    enum TimerOwner {
        case connection(ConnectionID)
        /// By name, so that a session that has ended is not kept until its time.
        case engine(RandomName)
    }

    static let receiveBytesMax = 64 * 1024
    static let acceptsPerTurnMax = 256
    static let receiversPerSend = 64
    static let lingerMillis: Int64 = 2_000
    static let closeTimeoutMillis: Int64 = 5_000
    static let childGraceMillis: Int64 = 1_000
    private static let timersMaxLeast = 1024

    public let network: any Network
    public let service: Service
    public var settings: GatewaySettings
    public var log: Log
    /// For session and socket ids, which nobody may guess.
    public var random: any RandomNumberGenerator

    /// The time of this turn.
    public internal(set) var now: Moment
    var events: [NetworkEvent] = []
    var receiveBuffer = [UInt8](repeating: 0, count: receiveBytesMax)
    var timers = TimerQueue<TimerOwner>()
    /// So many entries make it worth while to look for those that nobody waits for.
    private var timersMax = timersMaxLeast

    /// By slot.
    var connections: [Connection?] = []
    var listeners: [ListenerID: Bool] = [:]
    /// Connections of clients; child processes and what the service opens do not count.
    public internal(set) var connectionCount = 0
    /// Connections over a limit, which are told so and closed; they count nowhere else.
    var refusedCount = 0
    var connectionsBySite: [UInt64: Int] = [:]
    var engineClients: [RandomName: EngineClient] = [:]
    var sessionsBySite: [UInt64: Int] = [:]

    /// Connections whose input is to be worked on, in the order of its arrival.
    var active: [Connection] = []
    /// Connections with something to send.
    var dirty: [Connection] = []

    /// Ends that the service has yet to hear of.
    var outgoingEnds: [(connection: ConnectionID, end: OutgoingEnd)] = []

    /// Set when a stop was asked for: by then all is closed.
    var drainDeadline: MonotonicTime?
    /// Then until when child processes may still end by themselves; past it no turn waits for them.
    var childDeadline: MonotonicTime?
    /// Child processes that have not ended.
    var childCount = 0
    var lastAcceptWarning: MonotonicTime?
    var acceptPausedUntil: MonotonicTime?

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

    /// - Parameter isControl: who can connect there is the owner of the machine.
    /// - Returns: the port, where the endpoint has one.
    public func listen(on endpoint: ListenEndpoint, isControl: Bool = false) throws(NetworkError) -> UInt16 {
        let listener = try network.listen(on: endpoint)
        listeners[listener] = isControl
        return network.port(of: listener)
    }

    /// Engine.IO sessions that are open.
    public var engineClientCount: Int { engineClients.count }

    /// A new name for a session or a socket.
    public func makeName() -> RandomName { RandomName(using: &random) }

    // MARK: The table of connections

    /// Whether a connection is still there.
    public func isConnected(_ id: ConnectionID) -> Bool { connection(id) != nil }

    func connection(_ id: ConnectionID) -> Connection? {
        let index = Int(id.slot)
        guard connections.indices.contains(index), let connection = connections[index], connection.id == id
        else { return nil }
        return connection
    }

    func insert(_ connection: Connection) {
        let index = Int(connection.id.slot)
        while connections.count <= index { connections.append(nil) }
        connections[index] = connection
    }

    /// Closes now; whoever stands on this connection is told.
    func close(_ connection: Connection, reset: Bool = false) {
        guard !connection.isClosed else { return }
        connection.fate = .closed
        network.close(connection.id, reset: reset)
        connections[Int(connection.id.slot)] = nil
        connection.outbound.release()
        switch connection.stage {
        case .child(let child):
            childCount -= 1
            service.children?.childEnded(connection.id, output: child.output, through: self, now: now)
            return
        case .http(let http):
            if http.refusal != nil {
                refusedCount -= 1
                return
            }
            if let client = http.engineClient { pollGone(connection, of: client) }
        case .webSocket(let webSocket): detach(webSocket, from: connection)
        case .outgoing: return
        }
        connectionCount -= 1
        if !connection.isControl { Self.uncount(connection.peer.site, in: &connectionsBySite) }
    }

    static func uncount(_ site: UInt64, in counts: inout [UInt64: Int]) {
        guard let count = counts[site] else { return }
        counts[site] = count > 1 ? count - 1 : nil
    }

    // MARK: Marks and timers

    func markActive(_ connection: Connection) {
        guard !connection.isActive else { return }
        connection.isActive = true
        active.append(connection)
    }

    func markDirty(_ connection: Connection) {
        guard !connection.isDirty else { return }
        connection.isDirty = true
        dirty.append(connection)
    }

    /// Sees to it that the connection's earliest deadline is in the timer queue.
    func arm(_ connection: Connection) {
        guard let deadline = deadline(of: connection) else { return }
        if let timer = connection.timer, timer <= deadline { return }
        connection.timer = deadline
        timers.set(deadline, for: .connection(connection.id))
    }

    /// Connections that come and go leave their deadlines behind. Once these are the greater part they are dropped, at
    /// a cost of O(log n) for each that was set.
    func forgetTimers() {
        guard timers.count > timersMax else { return }
        timers.removeAll { owner in
            switch owner {
            case .connection(let id): connection(id) == nil
            case .engine(let session): engineClients[session] == nil
            }
        }
        timersMax = max(Self.timersMaxLeast, 2 * timers.count)
    }

    private func deadline(of connection: Connection) -> MonotonicTime? {
        if case .lingering(let until) = connection.fate { return until }
        var earliest: MonotonicTime?
        func consider(_ deadline: MonotonicTime?) {
            guard let deadline else { return }
            earliest = earliest.map { min($0, deadline) } ?? deadline
        }
        if let since = connection.stalledSince {
            consider(since.advanced(byMilliseconds: settings.slowClientTimeoutMillis))
        }
        switch connection.stage {
        case .http(let http): consider(http.machine.deadline)
        case .webSocket(let webSocket):
            consider(webSocket.closeDeadline)
            if case .plain(let plain) = webSocket.owner { consider(plain.pingDeadline) }
        case .child(let child): consider(child.deadline)
        case .outgoing(let outgoing): consider(outgoing.deadline)
        }
        return earliest
    }
}
