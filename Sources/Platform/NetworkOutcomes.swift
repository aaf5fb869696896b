/// Something that `Network.poll` found ready.
public enum NetworkEvent: Hashable, Sendable {
    /// Connections are waiting to be accepted.
    case acceptable(ListenerID)
    /// There are bytes, the end of the stream, or an error to receive.
    case readable(ConnectionID)
    /// The kernel accepts bytes again, or a connection that was begun has an outcome.
    case writable(ConnectionID)
    /// The synchronization that was begun has ended.
    case synchronized(SyncOutcome)
    /// SIGTERM or SIGINT: drain and stop.
    case terminate
    /// SIGHUP: read the configuration again.
    case reload
}

/// The result of making something durable beside the loop.
public enum SyncOutcome: Hashable, Sendable {
    /// Everything that was meant is durable.
    case durable
    /// It failed, and nothing is known about what was meant.
    case failed(ErrorNumber)
}

/// The result of accepting a connection.
public enum AcceptOutcome: Sendable {
    /// A connection was accepted.
    case connection(ConnectionID, from: PeerAddress)
    /// No connection is waiting.
    case none
    /// No descriptor was left. The connection was accepted and closed, so that the listener does not stay ready for
    /// ever.
    case exhausted
}

/// The state of a connection that was begun.
public enum ConnectOutcome: Hashable, Sendable {
    /// The connection is open.
    case connected
    /// Nothing is decided yet.
    case pending
    /// The connection failed, with this errno.
    case failed(Int32)
}

/// The result of receiving.
public enum ReceiveOutcome: Hashable, Sendable {
    /// This number of bytes is at the front of the buffer; if it is full there may be more.
    case received(Int)
    /// Nothing has arrived.
    case wouldBlock
    /// The peer has ended its side.
    case ended
    /// The connection is broken, with this errno.
    case failed(Int32)
}

/// The result of sending.
public enum SendOutcome: Hashable, Sendable {
    /// The kernel has accepted everything.
    case sent
    /// The kernel's buffer is full: wait for `.writable`.
    case wouldBlock
    /// The connection is broken, with this errno.
    case failed(Int32)
}

/// A call on the network that failed before there was a connection.
public struct NetworkError: Error, Hashable, CustomStringConvertible {
    /// The call that failed and its object, for example `listen on 127.0.0.1:8080`.
    public let operation: String
    /// The system's error number; 0 if the failure is not the system's.
    public let errno: Int32
    /// A clause for an operator: "address already in use".
    public let reason: String

    /// Creates the error of one failed call.
    public init(operation: String, errno: Int32, reason: String) {
        self.operation = operation
        self.errno = errno
        self.reason = reason
    }

    public var description: String { "\(operation): \(reason)" }
}
