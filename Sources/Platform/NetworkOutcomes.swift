/// Something that `Network.poll` found ready.
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

/// A call on the network that failed before there was a connection.
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
