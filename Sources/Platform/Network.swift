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

    /// Starts this executable once more as a child process; what it writes is received like a peer's bytes.
    func start(_ command: ChildProcessCommand) throws(NetworkError) -> ConnectionID

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
