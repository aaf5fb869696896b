import Bytes
import JSON

/// A message as the stream keeps it, read without a consumer.
///
///     {"message": {"subject": …, "seq": …, "hdrs": <base64>, "data": <base64>, "time": …}}
public struct JetStreamStoredMessage: Hashable, Sendable {
    public let subject: String
    /// In the stream.
    public let sequence: UInt64
    /// Nil without headers, and where they cannot be read.
    public let headers: NATSHeaders?
    public let payload: [UInt8]

    /// The identity that it was published with.
    public var messageID: String? { headers?[JetStreamPublication.messageIDName] }

    /// Reads the answer to a request for a message.
    public init(_ answer: NATSMessage, limits: NATSLimits = NATSLimits()) throws(JetStreamFault) {
        let object = try JetStreamAnswer.object(answer)
        guard let message = object["message"] else { throw JetStreamAnswer.missing("message") }
        guard let subject = message["subject"]?.stringValue else { throw JetStreamAnswer.missing("subject") }
        guard let sequence = message["seq"]?.unsignedValue else { throw JetStreamAnswer.missing("seq") }
        self.subject = subject
        self.sequence = sequence
        // Go leaves out what is empty.
        guard let payload = Base64.decode((message["data"]?.stringValue ?? "").utf8) else {
            throw JetStreamAnswer.missing("data")
        }
        self.payload = payload
        guard let block = Base64.decode((message["hdrs"]?.stringValue ?? "").utf8) else {
            throw JetStreamAnswer.missing("hdrs")
        }
        let isReadable = !block.isEmpty && block.count <= limits.headerBytesMax
        headers = isReadable ? NATSHeaders(block: block, fieldsMax: limits.headerFieldsMax) : nil
    }
}

extension JetStreamRequest {
    /// Asks for the last message of a stream that a filter lets through; answered with `JetStreamStoredMessage`, or
    /// refused with `.messageNotFound`.
    ///
    /// A station's events have two tokens behind its number and its commands one, so `stations.7.*.*` gives the last
    /// event, where `stations.7.>` may give a command.
    public static func lastMessage(on filter: NATSSubjectFilter, of stream: JetStreamName) -> JetStreamRequest {
        JetStreamRequest("STREAM.MSG.GET", stream) { $0.member("last_by_subj", filter.text) }
    }
}
