import Bytes

/// One TLS connection as a machine without I/O: it receives bytes of the peer, gives events, and has bytes to send.
///
/// This is all that the rest of the code sees of TLS; the library behind it can be replaced. A machine belongs to one
/// connection and is used by one thread.
public protocol TLSMachine: AnyObject {
    /// Takes bytes that the peer has sent. They are kept until `nextEvent` has used them.
    func receive(_ bytes: Span<UInt8>)

    /// The number of received bytes that `nextEvent` has not used yet.
    var waitingBytes: Int { get }

    /// Whether the handshake is complete, so that `seal` may be called.
    var isOpen: Bool { get }

    /// Goes on with what was received. Call it until it returns nil. A step of the handshake may take a millisecond;
    /// after it, events cost little.
    ///
    /// - Parameters:
    ///   - plain: receives decrypted bytes at its front. It must not be empty.
    ///   - time: the time of day, by which certificates are valid or not.
    func nextEvent(into plain: inout [UInt8], at time: Timestamp) -> TLSEvent?

    /// Encrypts bytes for the peer. Nothing happens unless the machine is open.
    func seal(_ bytes: Span<UInt8>)

    /// Announces the end of what we send (close_notify). Nothing can be sealed after it.
    func close()

    /// The encrypted bytes that are to be sent. The owner removes what it has sent.
    var output: ByteQueue { get set }
}

/// Something that happened on a TLS connection.
public enum TLSEvent: Hashable, Sendable {
    /// The handshake is complete, and the peer is who it should be.
    case opened
    /// This number of decrypted bytes is at the front of the buffer.
    case received(Int)
    /// The peer has announced the end of what it sends (close_notify).
    case ended
    /// The connection cannot go on. If there is output left, it is the alert that tells the peer why.
    case failed(TLSFault)
}

/// The reason why a TLS connection or its settings cannot be used.
public struct TLSFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// A clause for an operator: "the certificate expired on 2026-01-31".
    public let description: String

    /// Creates a fault with a clause for an operator.
    public init(_ description: String) { self.description = description }
}

/// Makes the machines of accepted connections, from certificates that were read once.
public protocol TLSServer: AnyObject {
    /// Creates the machine of one accepted connection.
    func makeMachine() -> (any TLSMachine)?
}

/// Makes the machines of connections to one server, from trust and certificates that were read once.
public protocol TLSClient: AnyObject {
    /// Creates the machine of one connection.
    ///
    /// - Parameter host: the name or IP address that the server's certificate must be for.
    func makeMachine(to host: String) -> (any TLSMachine)?
}
