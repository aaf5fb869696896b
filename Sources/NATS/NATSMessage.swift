/// A message as the server delivered it.
public struct NATSMessage: Hashable, Sendable {
    /// As the server spells it. Not a `NATSSubject`: whoever published it may have chosen one that is none, and that
    /// shall not end our connection. Bytes that are not UTF-8 are replaced.
    public let subject: String

    /// The number that the subscription was made with.
    public let sid: UInt64

    /// Where an answer is expected; nil also where what stands there is no subject.
    public let reply: NATSSubject?

    /// Nil without headers, and where they cannot be read.
    public let headers: NATSHeaders?

    /// There are headers, and they are malformed or over the limits. Servers pass them on unread, so this is the fault
    /// of whoever published the message and not of the connection.
    public let hasUnreadableHeaders: Bool

    public let payload: [UInt8]

    public init(
        subject: String, sid: UInt64, reply: NATSSubject? = nil, headers: NATSHeaders? = nil,
        hasUnreadableHeaders: Bool = false, payload: [UInt8] = []
    ) {
        self.subject = subject
        self.sid = sid
        self.reply = reply
        self.headers = headers
        self.hasUnreadableHeaders = hasUnreadableHeaders
        self.payload = payload
    }

    /// What the server says in place of a message.
    public var status: NATSHeaders.Status? { headers?.status }
}
