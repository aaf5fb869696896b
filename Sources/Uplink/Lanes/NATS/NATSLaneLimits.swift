import NATS

/// The limits of one connection to a central server that is a NATS server.
public struct NATSLaneLimits: Hashable, Sendable {
    /// The largest event, in bytes of JSON. The server's own limit (`max_payload`, 1 MiB unless configured) is usually
    /// lower. A stored event comes back in base64 for the comparison, and that must fit `messages`.
    public static let eventBytesMax = 5 * 1024 * 1024

    /// What the server may send.
    public let messages: NATSLimits
    /// What may be shipped and not yet stored. It bounds the speed on a long line, to half a mebibyte per round trip,
    /// and the memory, because events in flight may still wait to be sent.
    public let publishing: JetStreamPublisherLimits
    /// How long INFO, the PONG and each answer of JetStream may take.
    public let answerMillisMax: Int64
    /// How long a question may go unanswered before it is asked again.
    let patienceMillis: Int64 = 2_000
    /// How long the server may be silent before it is sent a PING.
    public let silenceMillisMax: Int64
    /// How long a pull waits for commands. It should be short, because the server may send a command to a pull of a
    /// connection that broke unnoticed.
    public let pullMillis: Int64
    /// How long a command may go unacknowledged before the server delivers it again. It must be longer than it takes to
    /// make a command's outcome durable. After a connection broke with a command unacknowledged, all commands wait this
    /// long.
    public let acknowledgementWaitMillis: Int64
    /// The largest command, in bytes with its subjects and headers. The stream of commands accepts no larger ones.
    public let commandBytesMax: Int

    /// Creates limits from their parts.
    ///
    /// - Precondition: all are at least 1, and `commandBytesMax` fits `messages`.
    public init(
        messages: NATSLimits = NATSLimits(payloadBytesMax: 8 * 1024 * 1024),
        publishing: JetStreamPublisherLimits = JetStreamPublisherLimits(
            inFlightMax: 1024, bytesInFlightMax: 512 * 1024, acknowledgementMillisMax: 10_000),
        answerMillisMax: Int64 = 10_000, silenceMillisMax: Int64 = 30_000, pullMillis: Int64 = 60_000,
        acknowledgementWaitMillis: Int64 = 10_000, commandBytesMax: Int = 512 * 1024
    ) {
        precondition(answerMillisMax >= 1 && silenceMillisMax >= 1, "nothing could be answered in time")
        precondition(pullMillis >= 1 && acknowledgementWaitMillis >= 1, "nothing could be acknowledged in time")
        precondition((1...messages.payloadBytesMax).contains(commandBytesMax), "a command would end the connection")
        self.messages = messages
        self.publishing = publishing
        self.answerMillisMax = answerMillisMax
        self.silenceMillisMax = silenceMillisMax
        self.pullMillis = pullMillis
        self.acknowledgementWaitMillis = acknowledgementWaitMillis
        self.commandBytesMax = commandBytesMax
    }

    /// The same limits with a smaller window, for a line on which events were not acknowledged in time.
    public func holding(_ window: UplinkRoom) -> NATSLaneLimits {
        NATSLaneLimits(
            messages: messages,
            publishing: JetStreamPublisherLimits(
                inFlightMax: max(1, window.count), bytesInFlightMax: max(1, window.bytes),
                acknowledgementMillisMax: publishing.acknowledgementMillisMax),
            answerMillisMax: answerMillisMax, silenceMillisMax: silenceMillisMax, pullMillis: pullMillis,
            acknowledgementWaitMillis: acknowledgementWaitMillis, commandBytesMax: commandBytesMax)
    }
}
