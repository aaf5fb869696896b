import JSON

/// A request to JetStream's API: a publication whose answer comes to the inbox.
///
/// Each kind of request is declared beside the type of its answer. Any request may go unanswered, and servers of 2.9
/// never answer a pull from a consumer that does not exist, so the caller must limit how long it waits.
public struct JetStreamRequest: Hashable, Sendable {
    /// The subject to publish to.
    public let subject: NATSSubject
    /// JSON, or nothing.
    public let payload: [UInt8]

    /// A request without a payload.
    init(_ subject: NATSSubject) {
        self.subject = subject
        payload = []
    }

    /// - Parameters:
    ///   - operation: for example `STREAM.INFO`.
    ///   - names: the tokens that follow it.
    init(_ operation: String, _ names: JetStreamName..., payload: [UInt8] = []) {
        let tokens = ["$JS.API", operation] + names.map(\.text)
        subject = NATSSubject(checked: tokens.joined(separator: "."))
        self.payload = payload
    }

    /// The same with a JSON object as its payload.
    init(_ operation: String, _ names: JetStreamName..., object: (inout JSONWriter) -> Void) {
        let tokens = ["$JS.API", operation] + names.map(\.text)
        subject = NATSSubject(checked: tokens.joined(separator: "."))
        var payload: [UInt8] = []
        JSONWriter.append(to: &payload) { writer in
            writer.beginObject()
            object(&writer)
            writer.endObject()
        }
        self.payload = payload
    }

    /// The subject with which the request reaches JetStream in this domain, for example across a leaf node:
    /// `$JS.<domain>.API.…`.
    public func subject(in domain: JetStreamName) -> NATSSubject {
        NATSSubject(prefixing: "$JS.\(domain.text)", subject.text.dropFirst(3))
    }

    /// A duration as the API writes it: in nanoseconds. Saturates.
    static func nanoseconds(_ milliseconds: Int64) -> Int64 {
        let (product, isOverflowing) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        return isOverflowing ? (milliseconds < 0 ? .min : .max) : product
    }
}

/// The name of a stream, a consumer or a domain, which is a token of the API's subjects.
public struct JetStreamName: Hashable, Sendable {
    /// The longest name, in bytes.
    public static let bytesMax = 255

    /// The name as it is written.
    public let text: String

    /// Creates a name, or returns nil if `text` is not printable ASCII without space, `.`, `*`, `>`, `/` and `\`.
    public init?(_ text: String) {
        guard Self.isName(text) else { return nil }
        self.text = text
    }

    /// Creates a name from a text that is known to be one.
    ///
    /// - Precondition: `text` is a name.
    public init(checked text: String) {
        precondition(Self.isName(text), "not the name of a stream, a consumer or a domain")
        self.text = text
    }

    private static func isName(_ text: String) -> Bool {
        let forbidden = Array(".*>/\\".utf8)
        return (1...bytesMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !forbidden.contains($0) }
    }
}
