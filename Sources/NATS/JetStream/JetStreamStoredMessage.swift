import Bytes
import JSON

/// A message as the stream stores it, read without a consumer.
///
///     {"message": {"subject": …, "seq": …, "hdrs": <base64>, "data": <base64>, "time": …}}
public struct JetStreamStoredMessage: Hashable, Sendable {
    /// The subject that it was published to.
    public let subject: String
    /// Its sequence in the stream.
    public let sequence: UInt64
    /// The headers; nil if there are none or they cannot be read.
    public let headers: NATSHeaders?
    /// The message without its headers.
    public let payload: [UInt8]

    /// The identity with which it was published; nil if it had none.
    public var messageID: String? { headers?[JetStreamPublication.messageIDName] }

    /// Reads the answer to `lastMessageDirectly`: the message itself, with headers that say where it was; nil if it is
    /// something else.
    public init?(direct answer: NATSMessage) {
        guard answer.status == nil, let headers = answer.headers, let subject = headers["Nats-Subject"],
            let sequence = headers["Nats-Sequence"].flatMap({ Decimal.parse($0) })
        else { return nil }
        self.subject = subject
        self.sequence = sequence
        self.headers = headers
        payload = answer.payload
    }

    /// Reads the answer to `lastMessage`.
    public init(_ answer: NATSMessage, limits: NATSLimits = NATSLimits()) throws(JetStreamFault) {
        let object = try JetStreamAnswer.object(answer)
        guard let message = object["message"] else { throw JetStreamAnswer.missing("message") }
        guard let subject = message["subject"]?.stringValue else { throw JetStreamAnswer.missing("subject") }
        guard let sequence = message["seq"]?.unsignedValue else { throw JetStreamAnswer.missing("seq") }
        self.subject = subject
        self.sequence = sequence
        // Go leaves out empty members.
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
    /// Asks for the last message of a stream that a filter lets through. The answer is a `JetStreamStoredMessage`, or a
    /// refusal with `.messageNotFound`.
    public static func lastMessage(on filter: NATSSubjectFilter, of stream: JetStreamName) -> JetStreamRequest {
        JetStreamRequest("STREAM.MSG.GET", stream) { $0.member("last_by_subj", filter.text) }
    }

    /// Asks for the same by a subject that names the filter, so that a user can be permitted to ask for its own
    /// messages alone. The answer is the message (`JetStreamStoredMessage.init(direct:)`), or the status 404 if there
    /// is none. If the stream does not allow it (`allow_direct`), or the server is older than 2.9, there may be no
    /// answer at all.
    public static func lastMessageDirectly(on filter: NATSSubjectFilter, of stream: JetStreamName) -> JetStreamRequest {
        JetStreamRequest(NATSSubject(last: "$JS.API.DIRECT.GET.\(stream.text).", filter))
    }
}
