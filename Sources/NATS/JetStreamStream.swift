import JSON

/// The stream as it is wanted.
public struct JetStreamStreamConfiguration: Hashable, Sendable {
    public var name: JetStreamName
    public var subjects: [NATSSubjectFilter]
    /// For how long a message's identity is remembered, so that it is not stored twice. A longer window costs the
    /// server memory; at 0 or less the server chooses, two minutes.
    public var duplicateWindowMillis: Int64

    public init(name: JetStreamName, subjects: [NATSSubjectFilter], duplicateWindowMillis: Int64) {
        self.name = name
        self.subjects = subjects
        self.duplicateWindowMillis = duplicateWindowMillis
    }
}

/// The stream as it is.
public struct JetStreamStream: Hashable, Sendable {
    public let name: String
    /// When it was made, as the server writes it: one that was deleted and made again has another time. Empty where the
    /// server does not say.
    public let created: String
    public let subjects: [NATSSubjectFilter]
    /// `file` or `memory`.
    public let storage: String
    /// `limits`, `interest` or `workqueue`: what makes a message go.
    public let retention: String
    public let duplicateWindowNanoseconds: Int64
    /// Whether publications are answered.
    public let hasAcknowledgements: Bool
    public let messageCount: UInt64
    /// 0 without messages.
    public let firstSequence: UInt64
    public let lastSequence: UInt64

    /// Reads the answer to a lookup or a creation.
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
        hasAcknowledgements = !(configuration["no_ack"]?.boolValue ?? false)
        messageCount = state["messages"]?.unsignedValue ?? 0
        firstSequence = state["first_seq"]?.unsignedValue ?? 0
        lastSequence = last
    }

    /// Why this stream does not do for what is wanted: a sentence for an operator without a full stop, or nil where it
    /// does. A stream that someone made is not changed from here.
    public func shortcoming(for wanted: JetStreamStreamConfiguration) -> String? {
        for subject in wanted.subjects where !subjects.contains(where: { $0.covers(subject) }) {
            return "the stream \(name) does not listen on \(subject.text)"
        }
        if storage != "file" { return "the stream \(name) keeps its messages in \(storage) and not in files" }
        if retention != "limits" {
            return "the stream \(name) drops messages that were read (retention \(retention) and not limits)"
        }
        if !hasAcknowledgements { return "the stream \(name) does not acknowledge what it has stored (no_ack)" }
        let window = JetStreamRequest.nanoseconds(wanted.duplicateWindowMillis)
        if duplicateWindowNanoseconds < window {
            let millis = duplicateWindowNanoseconds / 1_000_000
            return "the stream \(name) recognises duplicates for \(millis) ms only and not for "
                + "\(wanted.duplicateWindowMillis) ms"
        }
        return nil
    }
}

extension JetStreamRequest {
    /// Asks for a stream; answered with `JetStreamStream`, or refused with `.streamNotFound`.
    public static func lookUpStream(_ name: JetStreamName) -> JetStreamRequest {
        JetStreamRequest("STREAM.INFO", name)
    }

    /// Makes a stream that keeps its messages in files until its owner sets limits; answered with `JetStreamStream`,
    /// also where it exists with the same configuration.
    public static func createStream(_ configuration: JetStreamStreamConfiguration) -> JetStreamRequest {
        JetStreamRequest("STREAM.CREATE", configuration.name) { writer in
            writer.member("name", configuration.name.text)
            writer.key("subjects")
            writer.beginArray()
            for subject in configuration.subjects { writer.string(subject.text) }
            writer.endArray()
            writer.member("storage", "file")
            writer.member("retention", "limits")
            if configuration.duplicateWindowMillis > 0 {
                writer.member("duplicate_window", nanoseconds(configuration.duplicateWindowMillis))
            }
        }
    }
}
