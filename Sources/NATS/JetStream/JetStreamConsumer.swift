import JSON

/// The wanted configuration of a durable pull consumer. The server remembers under its name what was acknowledged.
public struct JetStreamConsumerConfiguration: Hashable, Sendable {
    /// The consumer's name.
    public var name: JetStreamName
    /// The stream that it reads.
    public var stream: JetStreamName
    /// Which subjects of the stream it delivers.
    public var filter: NATSSubjectFilter
    /// How long a message may go unacknowledged before it is delivered again.
    public var acknowledgementWaitMillis: Int64
    /// How many messages may be unacknowledged at a time. At this number a pull delivers nothing.
    public var unacknowledgedMax: Int
    /// Whether messages are acknowledged one by one. Without it the consumer only looks at the stream.
    public var isAcknowledged: Bool

    /// Creates a configuration from its parts.
    public init(
        name: JetStreamName, stream: JetStreamName, filter: NATSSubjectFilter,
        acknowledgementWaitMillis: Int64 = 30_000, unacknowledgedMax: Int = 64,
        isAcknowledged: Bool = true
    ) {
        self.name = name
        self.stream = stream
        self.filter = filter
        self.acknowledgementWaitMillis = acknowledgementWaitMillis
        self.unacknowledgedMax = unacknowledgedMax
        self.isAcknowledged = isAcknowledged
    }
}

/// A consumer as the server describes it.
public struct JetStreamConsumer: Hashable, Sendable {
    /// The stream that it reads.
    public let stream: String
    /// The consumer's name.
    public let name: String
    /// When it was created, as the server writes it; empty if the server does not say. It ends with its stream, so a
    /// stream that was deleted and created again has consumers of another time.
    public let created: String
    /// The number of messages that were not delivered yet.
    public let pendingCount: UInt64
    /// The number of messages that were delivered and not acknowledged.
    public let unacknowledgedCount: UInt64

    /// Reads the answer to `createConsumer` or `lookUpConsumer`.
    public init(_ answer: NATSMessage) throws(JetStreamFault) {
        let object = try JetStreamAnswer.object(answer)
        guard let stream = object["stream_name"]?.stringValue else { throw JetStreamAnswer.missing("stream_name") }
        guard let name = object["name"]?.stringValue else { throw JetStreamAnswer.missing("name") }
        self.stream = NATSText.printable(stream)
        self.name = NATSText.printable(name)
        created = String(NATSText.printable(object["created"]?.stringValue ?? "").prefix(64))
        pendingCount = object["num_pending"]?.unsignedValue ?? 0
        unacknowledgedCount = object["num_ack_pending"]?.unsignedValue ?? 0
    }
}

extension JetStreamRequest {
    /// Creates a consumer, or changes what may be changed of an existing one. The answer is a `JetStreamConsumer`.
    ///
    /// Delivery begins with the oldest message. This is the request of servers before 2.9; later ones know it too.
    public static func createConsumer(_ configuration: JetStreamConsumerConfiguration) -> JetStreamRequest {
        JetStreamRequest("CONSUMER.DURABLE.CREATE", configuration.stream, configuration.name) { writer in
            writer.member("stream_name", configuration.stream.text)
            writer.key("config")
            writer.beginObject()
            writer.member("durable_name", configuration.name.text)
            writer.member("filter_subject", configuration.filter.text)
            writer.member("deliver_policy", "all")
            writer.member("replay_policy", "instant")
            writer.member("ack_policy", configuration.isAcknowledged ? "explicit" : "none")
            if configuration.isAcknowledged {
                writer.member("ack_wait", nanoseconds(configuration.acknowledgementWaitMillis))
                writer.member("max_ack_pending", configuration.unacknowledgedMax)
            }
            writer.endObject()
        }
    }

    /// Asks for a consumer. The answer is a `JetStreamConsumer`, or a refusal with `.consumerNotFound` or
    /// `.streamNotFound`.
    public static func lookUpConsumer(_ name: JetStreamName, of stream: JetStreamName) -> JetStreamRequest {
        JetStreamRequest("CONSUMER.INFO", stream, name)
    }
}
