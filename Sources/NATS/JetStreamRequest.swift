import JSON

/// A question to JetStream's API: a publication whose answer comes to the inbox.
///
/// Each kind of request stands in the file of what it asks for. No answer at all is possible for each of them, and for
/// a pull from a consumer that does not exist it is the rule in 2.9: the caller bounds how long it waits.
public struct JetStreamRequest: Hashable, Sendable {
    public let subject: NATSSubject
    public let payload: [UInt8]

    /// - Parameters:
    ///   - operation: `STREAM.INFO`.
    ///   - names: the tokens behind it.
    init(_ operation: String, _ names: JetStreamName..., payload: [UInt8] = []) {
        let tokens = ["$JS.API", operation] + names.map(\.text)
        subject = NATSSubject(checked: tokens.joined(separator: "."))
        self.payload = payload
    }

    /// The same with a payload of JSON.
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

    /// What the API calls a duration: nanoseconds. Saturates.
    static func nanoseconds(_ milliseconds: Int64) -> Int64 {
        let (product, isOverflowing) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        return isOverflowing ? (milliseconds < 0 ? .min : .max) : product
    }
}
