import Bytes

/// The network as the loop sees it: descriptors that become ready, and calls that never block.
///
/// There are two implementations: `LinuxNetwork` over epoll, and the simulated one. A child process is a peer like any
/// other: its output is received like a peer's bytes, and its exit is the end of the stream.
public protocol Network: AnyObject {
    /// Binds a stream socket and listens on it.
    func listen(on endpoint: ListenEndpoint) throws(NetworkError) -> ListenerID

    /// The port that a listener is bound to, also if it asked for port 0; 0 for a Unix socket.
    func port(of listener: ListenerID) -> UInt16

    /// Sets whether the loop wants to hear of waiting connections.
    func watch(_ listener: ListenerID, accepting: Bool)

    /// Stops listening, and removes the name of a Unix socket.
    func close(_ listener: ListenerID)

    /// Waits until something is ready or `deadline` has come (nil waits for ever), replaces `events` with what is
    /// ready, and returns the time after the wait.
    func poll(into events: inout [NetworkEvent], until deadline: MonotonicTime?) -> Moment

    /// Accepts one waiting connection.
    func accept(from listener: ListenerID) -> AcceptOutcome

    /// Whether an IPv6 address is on one of the machine's own links, which everybody there shares; false for IPv4. It
    /// answers at once, from what it has read of the system's tables some seconds ago.
    func isNeighbour(_ address: IPAddress) -> Bool

    /// Begins a TCP connection. It becomes ready once its outcome is known, which `connectOutcome` tells. Until then it
    /// is watched for nothing else.
    func connect(to address: IPAddress, port: UInt16) throws(NetworkError) -> ConnectionID

    /// The outcome of a connection that was begun.
    func connectOutcome(of connection: ConnectionID) -> ConnectOutcome

    /// Opens a UDP socket, with a port of the kernel's choice, that sends to this address and port and receives from
    /// nowhere else. Each `receive` returns one datagram, which may be empty, and each `send` sends one. If the peer
    /// refuses (ICMP), the next call on the socket fails.
    func openDatagramSocket(to address: IPAddress, port: UInt16) throws(NetworkError) -> ConnectionID

    /// The meaning of an errno as a clause for an operator: "connection refused".
    func words(for errno: Int32) -> String

    /// Receives what is there, at most `buffer.count` bytes, into the front of `buffer`.
    func receive(from connection: ConnectionID, into buffer: inout [UInt8]) -> ReceiveOutcome

    /// Sends as much from the front of `bytes` as the kernel accepts, and removes that from it.
    func send(_ bytes: inout ByteQueue, to connection: ConnectionID) -> SendOutcome

    /// Sets which kinds of readiness the loop wants to hear of.
    func watch(_ connection: ConnectionID, reading: Bool, writing: Bool)

    /// Ends our side of the stream: the peer sees its end after the bytes already sent.
    func finishSending(to connection: ConnectionID)

    /// Closes at once. With `reset` the peer sees an error, and the kernel drops unsent bytes.
    func close(_ connection: ConnectionID, reset: Bool)

    /// Starts this executable again as a child process, whose output is received like a peer's bytes.
    func start(_ command: ChildProcessCommand) throws(NetworkError) -> ConnectionID

    /// Begins to make something durable beside the loop, which hears of the end by the event `synchronized`. Everything
    /// written to the file before this call is meant. No other synchronization may be under way.
    ///
    /// - Returns: the outcome if it was reached within the call; then no event follows.
    func synchronize(_ request: SyncRequest) -> SyncOutcome?

    /// Writes log lines to their destination without ever waiting; lines that cannot be written now stay in `lines`.
    func writeLog(_ lines: inout ByteQueue)
}

/// An endpoint to listen on.
public enum ListenEndpoint: Hashable, Sendable {
    /// An IP literal or `localhost`, and a port; 0 lets the kernel choose.
    case tcp(host: String, port: UInt16)
    /// A path below the data directory, where only the owner of the process may connect.
    case unix(path: String)
}
