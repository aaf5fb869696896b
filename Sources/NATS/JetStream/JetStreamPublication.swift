import JSON

/// A message for a stream, with the identity by which the stream recognises duplicates.
///
/// Of the conditions that a publication can carry we use only the expected stream, which keeps events out of a foreign
/// stream that took over the subject. The expected last sequence of a subject would order events of one type only, and
/// would make a whole window of publications fail together.
public struct JetStreamPublication: Hashable, Sendable {
    static let messageIDName = "Nats-Msg-Id"
    static let expectedStreamName = "Nats-Expected-Stream"

    /// The subject to publish to.
    public let subject: NATSSubject
    /// The identity and the expected stream.
    public let headers: NATSHeaders
    /// The message without its headers.
    public let payload: [UInt8]

    /// Creates a publication, or returns nil if `messageID` is empty or cannot be the value of a header.
    ///
    /// - Parameter stream: the only stream that may store it; nil for any that listens.
    public init?(to subject: NATSSubject, messageID: String, stream: JetStreamName? = nil, payload: [UInt8]) {
        guard !messageID.isEmpty, let identity = NATSHeaders.Field(Self.messageIDName, messageID) else { return nil }
        var fields = [identity]
        if let stream {
            guard let expected = NATSHeaders.Field(Self.expectedStreamName, stream.text) else { return nil }
            fields.append(expected)
        }
        self.subject = subject
        headers = NATSHeaders(fields)
        self.payload = payload
    }
}

/// A stream's answer to a publication that it has stored.
///
///     {"stream": <name>, "seq": <sequence>[, "duplicate": true]}
public struct JetStreamPublishAcknowledgement: Hashable, Sendable {
    /// The name of the stream.
    public let stream: String
    /// The sequence in the stream, at least 1. A duplicate has the sequence of the original.
    public let sequence: UInt64
    /// Whether the stream already had a message with this identity, so that nothing was left to store.
    public let isDuplicate: Bool

    /// Reads an answer. An error in it comes before what was stored.
    public init(_ answer: NATSMessage) throws(JetStreamFault) {
        let object = try JetStreamAnswer.object(answer)
        guard let stream = object["stream"]?.stringValue, !stream.isEmpty else {
            throw JetStreamAnswer.missing("stream")
        }
        // Streams count from 1, so 0 means that nothing was stored.
        guard let sequence = object["seq"]?.unsignedValue, sequence > 0 else { throw JetStreamAnswer.missing("seq") }
        self.stream = NATSText.printable(stream)
        self.sequence = sequence
        isDuplicate = object["duplicate"]?.boolValue ?? false
    }
}
