import JSON

/// A message for a stream, with the identity by which the stream knows it again.
///
/// Of the conditions that a publication can carry only the expected stream is used: it keeps events from landing in a
/// stream of somebody else's that took the subject over. The expected last sequence of a subject would tie together
/// events of one type only, and would make a window of publications fail as one.
public struct JetStreamPublication: Hashable, Sendable {
    static let messageIDName = "Nats-Msg-Id"
    static let expectedStreamName = "Nats-Expected-Stream"

    public let subject: NATSSubject
    public let headers: NATSHeaders
    public let payload: [UInt8]

    /// The publication, or nil where `messageID` cannot be the value of a header.
    ///
    /// - Parameter stream: the only stream that may take it; nil for whichever listens.
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

/// What a stream answers to a publication that it has stored.
///
///     {"stream": <name>, "seq": <sequence>[, "duplicate": true]}
public struct JetStreamPublishAcknowledgement: Hashable, Sendable {
    public let stream: String
    /// In the stream. Of a duplicate it is the sequence of the first.
    public let sequence: UInt64
    /// The stream had a message with this identity already: as good as stored.
    public let isDuplicate: Bool

    /// Reads an answer: an error first, then what was stored.
    public init(_ answer: NATSMessage) throws(JetStreamFault) {
        let object = try JetStreamAnswer.object(answer)
        guard let stream = object["stream"]?.stringValue, !stream.isEmpty else {
            throw JetStreamAnswer.missing("stream")
        }
        // Streams count from 1: 0 means that nothing was stored.
        guard let sequence = object["seq"]?.unsignedValue, sequence > 0 else { throw JetStreamAnswer.missing("seq") }
        self.stream = NATSText.printable(stream)
        self.sequence = sequence
        isDuplicate = object["duplicate"]?.boolValue ?? false
    }
}
