import NATS

/// The bounds of one connection to a central server that is a NATS server.
public struct NATSLaneLimits: Hashable, Sendable {
    /// The largest event, in bytes of JSON. The server's own limit (`max_payload`, 1 MiB unless configured) is below
    /// it mostly. A stored event comes back in base64 when it is compared, and that must fit `messages`.
    public static let eventBytesMax = 5 * 1024 * 1024

    /// What the server may send.
    public let messages: NATSLimits
    /// What may be shipped and not yet stored. It bounds the speed on a long line, half a mebibyte every round trip,
    /// and the memory: what is in flight may be waiting to be sent.
    public let publishing: JetStreamPublisherLimits
    /// How long INFO, the PONG and each answer of JetStream may take.
    public let answerMillisMax: Int64
    /// After so long without a byte from the server it is sent a PING.
    public let silenceMillisMax: Int64
    /// How long a pull waits for commands. While a connection that broke unnoticed still has a pull open, the server
    /// may send a command there, so this should be short.
    public let pullMillis: Int64
    /// After so long without an acknowledgement a command is delivered again, to whoever pulls. It must be longer than
    /// it takes to make a command's outcome durable, and is how long commands wait after a connection broke with one
    /// of them unacknowledged.
    public let acknowledgementWaitMillis: Int64
    /// The largest command, in bytes with its subjects and headers. A larger one is delivered without its content.
    public let commandBytesMax: Int

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

    /// The same with less under way at a time, for a line on which what was shipped was not acknowledged in time.
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
