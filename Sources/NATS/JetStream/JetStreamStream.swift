import JSON

/// The wanted configuration of a stream.
public struct JetStreamStreamConfiguration: Hashable, Sendable {
    /// The stream's name.
    public var name: JetStreamName
    /// The subjects that it listens on.
    public var subjects: [NATSSubjectFilter]
    /// How long the server remembers a message's identity, so that the message is not stored twice. A longer window
    /// costs the server memory. At 0 or less the server chooses two minutes.
    public var duplicateWindowMillis: Int64
    /// The number of servers of a cluster that keep the stream, for `createStream`.
    public var replicaCount: Int
    /// The largest message that it accepts, in bytes with its headers; nil for no limit of its own.
    public var messageBytesMax: Int?

    /// Creates a configuration from its parts.
    public init(
        name: JetStreamName, subjects: [NATSSubjectFilter], duplicateWindowMillis: Int64, replicaCount: Int = 1,
        messageBytesMax: Int? = nil
    ) {
        self.name = name
        self.subjects = subjects
        self.duplicateWindowMillis = duplicateWindowMillis
        self.replicaCount = replicaCount
        self.messageBytesMax = messageBytesMax
    }
}

/// A stream as the server describes it.
public struct JetStreamStream: Hashable, Sendable {
    /// The stream's name.
    public let name: String
    /// When it was created, as the server writes it; empty if the server does not say. A stream that was deleted and
    /// created again has another time.
    public let created: String
    /// The subjects that it listens on.
    public let subjects: [NATSSubjectFilter]
    /// `file` or `memory`.
    public let storage: String
    /// What removes a message: `limits`, `interest` or `workqueue`.
    public let retention: String
    /// How long the server remembers a message's identity.
    public let duplicateWindowNanoseconds: Int64
    /// Whether its last message on a subject can be asked for directly.
    public let allowsDirect: Bool
    /// Whether the stream acknowledges publications.
    public let hasAcknowledgements: Bool
    /// The number of messages in the stream.
    public let messageCount: UInt64
    /// The sequence of the oldest message; 0 if there never was one.
    public let firstSequence: UInt64
    /// The sequence of the newest message; 0 if there never was one.
    public let lastSequence: UInt64

    /// Reads the answer to `lookUpStream` or `createStream`.
    public init(_ answer: NATSMessage) throws(JetStreamFault) {
        let object = try JetStreamAnswer.object(answer)
        guard let configuration = object["config"] else { throw JetStreamAnswer.missing("config") }
        guard let name = configuration["name"]?.stringValue else { throw JetStreamAnswer.missing("name") }
        guard let state = object["state"] else { throw JetStreamAnswer.missing("state") }
        guard let last = state["last_seq"]?.unsignedValue else { throw JetStreamAnswer.missing("last_seq") }
        self.name = NATSText.printable(name)
        created = String(NATSText.printable(object["created"]?.stringValue ?? "").prefix(64))
        subjects = (configuration["subjects"]?.arrayValue ?? []).compactMap { subject in
            subject.stringValue.flatMap { NATSSubjectFilter($0) }
        }
        storage = NATSText.printable(configuration["storage"]?.stringValue ?? "")
        retention = NATSText.printable(configuration["retention"]?.stringValue ?? "")
        duplicateWindowNanoseconds = configuration["duplicate_window"]?.integerValue ?? 0
        allowsDirect = configuration["allow_direct"]?.boolValue ?? false
        hasAcknowledgements = !(configuration["no_ack"]?.boolValue ?? false)
        messageCount = state["messages"]?.unsignedValue ?? 0
        firstSequence = state["first_seq"]?.unsignedValue ?? 0
        lastSequence = last
    }

    /// Why this stream cannot serve as the wanted one: a sentence for an operator without a full stop, or nil if it
    /// can. We never change a stream that somebody else created.
    public func shortcoming(for wanted: JetStreamStreamConfiguration) -> String? {
        for subject in wanted.subjects where !subjects.contains(where: { $0.covers(subject) }) {
            return "the stream \(name) does not listen on \(subject.text)"
        }
        if storage != "file" { return "the stream \(name) keeps its messages in \(storage), not in files" }
        if retention != "limits" {
            return "the stream \(name) drops messages that were read (retention \(retention), not limits)"
        }
        if !hasAcknowledgements { return "the stream \(name) does not acknowledge what it stores (no_ack)" }
        let window = JetStreamRequest.nanoseconds(wanted.duplicateWindowMillis)
        if duplicateWindowNanoseconds < window {
            let millis = duplicateWindowNanoseconds / 1_000_000
            return "the stream \(name) recognises duplicates for only \(millis) ms, not for "
                + "\(wanted.duplicateWindowMillis) ms"
        }
        return nil
    }
}

extension JetStreamRequest {
    /// Asks for a stream. The answer is a `JetStreamStream`, or a refusal with `.streamNotFound`.
    public static func lookUpStream(_ name: JetStreamName) -> JetStreamRequest {
        JetStreamRequest("STREAM.INFO", name)
    }

    /// Lets a stream be asked directly (`allowsDirect`), and leaves the rest of it as it is. The answer is a
    /// `JetStreamStream`.
    ///
    /// - Parameter answer: the answer to `lookUpStream`.
    public static func allowDirect(_ name: JetStreamName, describedBy answer: NATSMessage) -> JetStreamRequest? {
        guard var configuration = (try? JetStreamAnswer.object(answer))?["config"]?.objectValue else { return nil }
        configuration["allow_direct"] = true
        return JetStreamRequest("STREAM.UPDATE", name, payload: JSONValue.object(configuration).encoded())
    }

    /// Creates a stream that keeps its messages in files, without limits. The answer is a `JetStreamStream`, even if it
    /// already exists with the same configuration.
    public static func createStream(_ configuration: JetStreamStreamConfiguration) -> JetStreamRequest {
        JetStreamRequest("STREAM.CREATE", configuration.name) { writer in
            writer.member("name", configuration.name.text)
            writer.key("subjects")
            writer.beginArray()
            for subject in configuration.subjects { writer.string(subject.text) }
            writer.endArray()
            writer.member("storage", "file")
            writer.member("retention", "limits")
            // So that a station may read its own last event without a right to read those of others.
            writer.member("allow_direct", true)
            if let bytesMax = configuration.messageBytesMax { writer.member("max_msg_size", bytesMax) }
            if configuration.replicaCount > 1 { writer.member("num_replicas", configuration.replicaCount) }
            if configuration.duplicateWindowMillis > 0 {
                writer.member("duplicate_window", nanoseconds(configuration.duplicateWindowMillis))
            }
        }
    }
}
