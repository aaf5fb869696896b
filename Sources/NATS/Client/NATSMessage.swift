/// A message as the server delivered it.
public struct NATSMessage: Hashable, Sendable {
    /// The subject as the server spells it, with bytes that are not UTF-8 replaced. It is not a `NATSSubject`, because
    /// other clients can publish to subjects that ours must not use, and that must not end our connection.
    public let subject: String

    /// The number of the subscription.
    public let sid: UInt64

    /// Where an answer is expected; nil if there is no reply subject or it is not a valid one.
    public let reply: NATSSubject?

    /// The headers; nil if there are none or they cannot be read.
    public let headers: NATSHeaders?

    /// Whether there are headers that are malformed or exceed the limits. Servers forward headers unread, so this is
    /// the publisher's fault and does not end the connection.
    public let hasUnreadableHeaders: Bool

    /// The message without its headers.
    public let payload: [UInt8]

    /// Creates a message from its parts.
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

    /// The status that the server sends in place of a message.
    public var status: NATSHeaders.Status? { headers?.status }
}
