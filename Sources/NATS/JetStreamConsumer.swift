import JSON

/// A durable consumer that is pulled from, as it is wanted: under its name the server remembers what was acknowledged.
public struct JetStreamConsumerConfiguration: Hashable, Sendable {
    public var name: JetStreamName
    public var stream: JetStreamName
    /// What of the stream it gives.
    public var filter: NATSSubjectFilter
    /// How long a message may go unacknowledged before it is delivered again.
    public var acknowledgementWaitMillis: Int64
    /// How many messages may be unacknowledged at a time; above it a pull gives nothing.
    public var unacknowledgedMax: Int
    /// Messages come without their payload, whose size then stands in the header `Nats-Msg-Size`.
    public var headersOnly: Bool

    public init(
        name: JetStreamName, stream: JetStreamName, filter: NATSSubjectFilter,
        acknowledgementWaitMillis: Int64 = 30_000, unacknowledgedMax: Int = 64,
        headersOnly: Bool = false
    ) {
        self.name = name
        self.stream = stream
        self.filter = filter
        self.acknowledgementWaitMillis = acknowledgementWaitMillis
        self.unacknowledgedMax = unacknowledgedMax
        self.headersOnly = headersOnly
    }
}

/// The consumer as it is.
public struct JetStreamConsumer: Hashable, Sendable {
    public let stream: String
    public let name: String
    /// Not delivered yet.
    public let pendingCount: UInt64
    /// Delivered and not acknowledged.
    public let unacknowledgedCount: UInt64

    /// Reads the answer to a creation.
    public init(_ answer: NATSMessage) throws(JetStreamFault) {
        let object = try JetStreamAnswer.object(answer)
        guard let stream = object["stream_name"]?.stringValue else { throw JetStreamAnswer.missing("stream_name") }
        guard let name = object["name"]?.stringValue else { throw JetStreamAnswer.missing("name") }
        self.stream = NATSText.printable(stream)
        self.name = NATSText.printable(name)
        pendingCount = object["num_pending"]?.unsignedValue ?? 0
        unacknowledgedCount = object["num_ack_pending"]?.unsignedValue ?? 0
    }
}

extension JetStreamRequest {
    /// Makes a consumer, or changes what may be changed of one that exists; answered with `JetStreamConsumer`.
    ///
    /// It begins with the oldest message. This is the request of servers before 2.9, which later ones know too.
    public static func createConsumer(_ configuration: JetStreamConsumerConfiguration) -> JetStreamRequest {
        JetStreamRequest("CONSUMER.DURABLE.CREATE", configuration.stream, configuration.name) { writer in
            writer.member("stream_name", configuration.stream.text)
            writer.key("config")
            writer.beginObject()
            writer.member("durable_name", configuration.name.text)
            writer.member("filter_subject", configuration.filter.text)
            writer.member("deliver_policy", "all")
            writer.member("replay_policy", "instant")
            writer.member("ack_policy", "explicit")
            writer.member("ack_wait", nanoseconds(configuration.acknowledgementWaitMillis))
            writer.member("max_ack_pending", configuration.unacknowledgedMax)
            if configuration.headersOnly { writer.member("headers_only", true) }
            writer.endObject()
        }
    }
}
