import Bytes

/// The network as the loop sees it: descriptors that become ready, and calls that never block.
///
/// Two implementations: `LinuxNetwork` over epoll, and the simulated one. A child process is a peer like any other:
/// what it writes is received, its end is the end of the stream.
public protocol Network: AnyObject {
    /// Binds and listens. Stream sockets only.
    func listen(on endpoint: ListenEndpoint) throws(NetworkError) -> ListenerID

    /// The port that a listener got, where it asked for port 0; 0 for a Unix socket.
    func port(of listener: ListenerID) -> UInt16

    /// Says whether the loop wants to hear of waiting connections.
    func watch(_ listener: ListenerID, accepting: Bool)

    /// Stops listening; a Unix socket's name is removed.
    func close(_ listener: ListenerID)

    /// Waits until something is ready or `deadline` has come (nil: for ever), replaces `events` by what is ready, and
    /// gives the time after the wait.
    func poll(into events: inout [NetworkEvent], until deadline: MonotonicTime?) -> Moment

    /// Takes one waiting connection.
    func accept(from listener: ListenerID) -> AcceptOutcome

    /// Begins a TCP connection. When its fate is decided the connection is ready, and `connectOutcome` says what it is.
    /// Until then it is watched for nothing else.
    func connect(to address: IPAddress, port: UInt16) throws(NetworkError) -> ConnectionID

    /// What became of a connection that was begun.
    func connectOutcome(of connection: ConnectionID) -> ConnectOutcome

    /// Opens a UDP socket, with a port of the kernel's choice, that sends to this address and port and receives from
    /// nowhere else. One datagram comes with each `receive`, and may be empty; all that is given to one `send` is one.
    /// That the peer refuses (ICMP) is told as `.failed`, by whatever is called next.
    func openDatagramSocket(to address: IPAddress, port: UInt16) throws(NetworkError) -> ConnectionID

    /// What an errno says, as a clause for an operator: "connection refused".
    func words(for errno: Int32) -> String

    /// Receives what is there, at most `buffer.count` bytes, to the front of `buffer`.
    func receive(from connection: ConnectionID, into buffer: inout [UInt8]) -> ReceiveOutcome

    /// Sends from the front of `bytes` what the kernel takes, and removes that from it.
    func send(_ bytes: inout ByteQueue, to connection: ConnectionID) -> SendOutcome

    /// Says of what readiness the loop wants to hear.
    func watch(_ connection: ConnectionID, reading: Bool, writing: Bool)

    /// Ends the sending side: the peer sees the end of the stream after what was sent.
    func finishSending(to connection: ConnectionID)

    /// Closes at once. With `reset` the peer sees an error and nothing unsent lingers.
    func close(_ connection: ConnectionID, reset: Bool)

    /// Starts a child process for `job`; what it writes is received like a peer's bytes.
    func start(_ job: ChildJob) throws(NetworkError) -> ConnectionID

    /// Writes log lines to where they go, without ever waiting; what is not taken stays.
    func writeLog(_ lines: inout ByteQueue)
}

/// Where to listen.
public enum ListenEndpoint: Hashable, Sendable {
    /// An IP literal or `localhost`, and a port; 0 lets the kernel choose.
    case tcp(host: String, port: UInt16)
    /// A path below the data directory; only the owner of the process may connect.
    case unix(path: String)
}

/// What takes long and is done by a short-lived child process.
public enum ChildJob: Hashable, Sendable {
    /// Bring the document files up to a sequence, from no later than behind another on. Somebody waits for it where it
    /// is urgent.
    case checkpoint(behind: UInt64, through: UInt64, isUrgent: Bool)
    /// Write the journal's next segment ahead.
    case prepareSegment(bytes: Int)
    /// Hash a password.
    case hashPassword(password: String)
    /// Compare a password with a hash.
    case verifyPassword(password: String, hash: String)

    /// A job that takes longer is given up, or sooner where somebody waits for it. Its process ends itself then, so
    /// that it does not go on beside the next one.
    public static let durationMillisMax: Int64 = 600_000
}

public struct ListenerID: Hashable, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

/// A slot in the table of connections and the number of its use, so that readiness of a closed connection is not taken
/// for that of its successor in the same slot.
public struct ConnectionID: Hashable, Sendable {
    public let slot: Int32
    public let generation: UInt32

    @inlinable public init(slot: Int32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    /// Slot and generation in one number, as the Engine.IO session knows its connections.
    @inlinable public var rawValue: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(bitPattern: slot)) }

    @inlinable public init(rawValue: UInt64) {
        slot = Int32(truncatingIfNeeded: rawValue & 0xFFFF_FFFF)
        generation = UInt32(truncatingIfNeeded: rawValue >> 32)
    }
}

/// A time of both kinds, read once a turn and passed down.
public struct Moment: Hashable, Sendable {
    public var wall: Timestamp
    public var monotonic: MonotonicTime

    public init(wall: Timestamp, monotonic: MonotonicTime) {
        self.wall = wall
        self.monotonic = monotonic
    }
}

public enum NetworkEvent: Hashable, Sendable {
    case acceptable(ListenerID)
    /// There are bytes, the end of the stream, or an error to receive.
    case readable(ConnectionID)
    case writable(ConnectionID)
    /// SIGTERM or SIGINT: drain and stop.
    case terminate
    /// SIGHUP: read the configuration again.
    case reload
}

public enum AcceptOutcome: Sendable {
    case connection(ConnectionID, from: PeerAddress)
    /// Nobody waits.
    case none
    /// No descriptor was left: the connection was taken and dropped, so that it does not stay ready for ever.
    case exhausted
}

public enum ConnectOutcome: Hashable, Sendable {
    case connected
    /// Nothing is decided yet.
    case pending
    /// The errno says why not.
    case failed(Int32)
}

public enum ReceiveOutcome: Hashable, Sendable {
    /// So many bytes are at the front of the buffer; there may be more where it is full.
    case received(Int)
    /// Nothing is there now.
    case wouldBlock
    /// The peer has ended its side.
    case ended
    /// The connection is broken; the errno says how.
    case failed(Int32)
}

public enum SendOutcome: Hashable, Sendable {
    /// All of it was taken.
    case sent
    /// The kernel is full: wait for `.writable`.
    case wouldBlock
    /// The connection is broken; the errno says how.
    case failed(Int32)
}

public struct NetworkError: Error, Hashable, CustomStringConvertible {
    /// The call that failed, with what it was about.
    public let operation: String
    public let errno: Int32
    /// A clause: "address already in use".
    public let reason: String

    public init(operation: String, errno: Int32, reason: String) {
        self.operation = operation
        self.errno = errno
        self.reason = reason
    }

    public var description: String { "\(operation): \(reason)" }
}

/// Who is at the other end: for limits and the log.
public struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address as text without the port; empty for a Unix socket or a child.
    public let host: String
    /// What limits count by: the IPv4 address, or the first 64 bits of the IPv6 address, which one site has to itself.
    public let site: UInt64

    public init(host: String, site: UInt64) {
        self.host = host
        self.site = site
    }

    public static let local = PeerAddress(host: "", site: 0)

    public var description: String { host.isEmpty ? "local" : host }
}
