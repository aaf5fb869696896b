import Bytes
import HTTP
import Platform
import WebSocket

/// One stream to one peer, from accept or connect to close; or a socket for datagrams.
///
/// What it speaks is a stage: HTTP first, then perhaps a WebSocket. Child processes and what the service itself opens
/// are stages too. TLS will be one more machine here, between the bytes of the network and the stage.
///
/// There may be thousands: the properties stand in an order that leaves few gaps.
final class Connection {
    enum Stage {
        case http(HTTPStage)
        case webSocket(WebSocketStage)
        case child(ChildStage)
        case outgoing(OutgoingStage)
    }

    enum Fate {
        case open
        /// Closes before the turn goes on: the client reads too slowly.
        case abandoned
        /// Closes once all has been sent.
        case finishing
        /// All has been sent and our side has ended; what the peer still sends is dropped, so that our last words are
        /// not lost to a reset (RFC 9112, section 9.6).
        case lingering(until: MonotonicTime)
        case closed
    }

    /// Whose it is: what limits it counts for.
    enum Kind {
        /// A client's.
        case client
        /// The machine's owner's, over the Unix socket.
        case control
        /// A client's that is over a limit.
        case refused
        /// A child process, or one that the service has opened.
        case own
    }

    let id: ConnectionID
    let peer: PeerAddress
    var stage: Stage
    /// What has been queued for the peer and not yet been taken by the kernel.
    var outbound = ByteQueue()
    var fate = Fate.open
    let kind: Kind
    /// In the loop's list of connections with something to send.
    var isDirty = false
    /// In the loop's list of connections whose input is to be worked on.
    var isActive = false
    /// The peer has ended its side.
    var hasInputEnded = false
    /// Since when the kernel has taken nothing.
    var stalledSince: MonotonicTime?
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

    var isClosed: Bool {
        if case .closed = fate { true } else { false }
    }
}

/// A connection that speaks HTTP/1.1.
final class HTTPStage {
    var machine: HTTPServerMachine
    /// The `Origin` of the request whose answer is owed.
    var origin: String?
    /// Whether an answer is owed. The request itself may wait for long, and is not kept.
    var isAnswerOwed = false
    /// What the first request here is answered with, and the end: the connection is over a limit.
    var refusal: HTTPResponse?
    /// The Engine.IO client whose poll or POST is owed an answer.
    var engineClient: EngineClient?

    init(machine: HTTPServerMachine) { self.machine = machine }
}

/// A connection that speaks WebSocket frames.
final class WebSocketStage {
    enum Owner {
        case engine(EngineClient)
        case plain(PlainWebSocket)
    }

    var machine: WebSocketMachine
    /// Nil once it was told that this WebSocket is gone.
    var owner: Owner?
    /// When our Close frame, unanswered, ends the connection all the same.
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

/// What a WebSocket without Engine.IO on it has: the server's own pings.
final class PlainWebSocket {
    let endpoint: WebSocketEndpoint
    /// When the next ping goes out, or the answer to the last is overdue.
    var pingDeadline: MonotonicTime?
    var isAwaitingPong = false
    /// Whether one more ping was asked for while one was under way.
    var wantsPing = false
    /// The service wants to hear of room to send.
    var isAwaitingRoom = false
    /// How many pings were sent, which is the number of the last of them and its payload; it wraps.
    var pingsSent: UInt32 = 0

    init(endpoint: WebSocketEndpoint) { self.endpoint = endpoint }
}

/// The connection to a child process: all that it writes until it ends.
final class ChildStage {
    static let outputBytesMax = 64 * 1024

    var output: [UInt8] = []
    let deadline: MonotonicTime

    init(deadline: MonotonicTime) { self.deadline = deadline }
}
