import Bytes
import HTTP
import Platform
import WebSocket

/// One stream to one peer, from accept or connect to close; or a socket for datagrams.
///
/// Its protocol is a stage: HTTP first, then perhaps a WebSocket. Before HTTP, a trusted proxy may say for whom it
/// connects. Child processes and outgoing connections are stages too. With TLS there is one more machine between the
/// bytes of the network and the stage (`secure`).
///
/// There may be thousands, so the properties are in an order that leaves few gaps.
final class Connection {
    enum Stage {
        case preface(PrefaceStage)
        case http(HTTPStage)
        case webSocket(WebSocketStage)
        case child(ChildStage)
        case outgoing(OutgoingStage)
    }

    enum Fate {
        case open
        /// Closes as soon as the service has returned, because the client reads too slowly.
        case abandoned
        /// Closes once everything has been sent.
        case finishing
        /// Everything has been sent and our side has ended. Further input is dropped, so that our last bytes are not
        /// lost to a reset (RFC 9112, section 9.6).
        case lingering(until: MonotonicTime)
        case closed
    }

    /// Whose connection it is, which decides the limits that it counts toward.
    enum Kind {
        /// A client's.
        case client
        /// That of a trusted proxy, which carries the requests of many clients. It counts toward no address.
        case proxied
        /// That of a client at the listener for metrics.
        case metrics
        /// The machine owner's, over the Unix socket.
        case control
        /// That of a client over a limit.
        case refused
        /// A child process's, or one that the service has opened.
        case own
    }

    let id: ConnectionID
    /// The peer; over a trusted proxy, the client of the latest request.
    var peer: PeerAddress
    var stage: Stage
    /// Bytes queued for the peer that the kernel has not accepted yet.
    var outbox = Outbox()
    /// TLS; nil without.
    var secure: SecureStream?
    var fate = Fate.open
    /// Changed by the table alone.
    var kind: Kind
    /// Whether it is in the table's list of connections with something to send.
    var isDirty = false
    /// Whether it is in the table's list of connections with held bytes.
    var isHolding = false
    /// Whether it is in the table's list of connections with input to process.
    var isActive = false
    /// Whether the peer has ended its side.
    var hasInputEnded = false
    /// What waits because the kernel accepts no more; nil if it accepts bytes or none wait.
    var stall: OutputStall?
    /// The number among those whose clients have not proved who they are; 0 if this one has, or does not count.
    var silentNumber: UInt64 = 0
    /// The earliest deadline that the timer queue holds for this connection.
    var timer: MonotonicTime?

    init(id: ConnectionID, peer: PeerAddress, kind: Kind, stage: Stage) {
        self.id = id
        self.peer = peer
        self.kind = kind
        self.stage = stage
    }

    var isOpen: Bool {
        if case .open = fate { true } else { false }
    }

    /// The number of bytes that wait to be sent, encrypted ones among them.
    var waitingCount: Int { outbox.count + (secure?.sealedCount ?? 0) }

    /// The part of them that is not held.
    var readyCount: Int { outbox.ready.count + (secure?.sealedCount ?? 0) }
    /// What the listener is for that the connection came to.
    var use: ListenerUse {
        switch kind {
        case .client, .proxied, .refused, .own: .clients
        case .control: .control
        case .metrics: .metrics
        }
    }

    var isClosed: Bool {
        if case .closed = fate { true } else { false }
    }
}

/// A connection that speaks HTTP/1.1.
final class HTTPStage {
    var machine: HTTPServerMachine
    /// The `Origin` of the request that is owed an answer.
    var origin: String?
    /// Whether an answer is owed. That may take long, so the request itself is not kept.
    var isAnswerOwed = false
    /// For a connection over a limit: the answer to its first request, which also closes it.
    var refusal: HTTPResponse?
    /// The Engine.IO client whose poll or POST is owed an answer.
    var engineClient: EngineClient?
    /// The trusted proxy whose requests are of many clients; nil for all others.
    var proxy: TrustedProxy?

    init(machine: HTTPServerMachine) { self.machine = machine }
}

/// A connection that speaks WebSocket frames.
final class WebSocketStage {
    enum Owner {
        case engine(EngineClient)
        case plain(PlainWebSocket)
    }

    var machine: WebSocketMachine
    /// Nil once the owner has been told that this WebSocket is gone.
    var owner: Owner?
    /// When the connection is closed even if the peer has not answered our Close frame.
    var closeDeadline: MonotonicTime?

    /// The earlier of the close's deadline and the next ping.
    var deadline: MonotonicTime? {
        guard case .plain(let plain) = owner else { return closeDeadline }
        return .earlier(closeDeadline, plain.pingDeadline)
    }

    init(machine: WebSocketMachine, owner: Owner) {
        self.machine = machine
        self.owner = owner
    }
}

/// The state of a WebSocket without Engine.IO: the server's own pings.
final class PlainWebSocket {
    let endpoint: WebSocketEndpoint
    /// When the next ping is sent, or the last one is overdue.
    var pingDeadline: MonotonicTime?
    /// When the last pong came, or the WebSocket was opened.
    var heardAt: MonotonicTime
    var isAwaitingPong = false
    /// Whether another ping was requested while one was under way.
    var wantsPing = false
    /// Whether the service wants to hear of room to send.
    var isAwaitingRoom = false
    /// The number of pings sent, which is also the number and payload of the last one; it wraps.
    var pingsSent: UInt32 = 0

    init(endpoint: WebSocketEndpoint, openedAt: MonotonicTime) {
        self.endpoint = endpoint
        heardAt = openedAt
    }

    /// Since when the peer owes a pong; nil if it owes none.
    var owesPongSince: MonotonicTime? {
        guard isAwaitingPong, let interval = endpoint.pingIntervalMillis else { return nil }
        return pingDeadline?.advanced(byMilliseconds: -interval)
    }
}

/// The connection to a child process, with all that it writes until it ends.
final class ChildStage {
    static let outputBytesMax = 64 * 1024

    var output: [UInt8] = []
    let deadline: MonotonicTime

    init(deadline: MonotonicTime) { self.deadline = deadline }
}
