import Bytes
import JSON

/// What the first line of a segment says: the format, whose journal it is, and the sequence of the record that follows.
struct JournalHeader: Equatable {
    /// The format of segments that this program reads and writes.
    static let format: Int64 = 1

    let epoch: String
    let first: UInt64

    /// The compact JSON.
    var json: [UInt8] {
        var text: [UInt8] = []
        text.append(literal: #"{"journal":1,"epoch":"#)
        JSONValue.string(epoch).write(into: &text)
        text.append(literal: #","first":"#)
        text.append(decimal: first)
        text.append(0x7D)
        return text
    }
}

extension JournalHeader {
    /// Reads the JSON of a header line; nil where it is none, or is of another format.
    init?(json: [UInt8]) {
        guard let value = try? JSONParser.parse(json), value["journal"]?.integerValue == Self.format,
            let epoch = value["epoch"]?.stringValue, let first = value["first"]?.sequenceValue
        else { return nil }
        self.init(epoch: epoch, first: first)
    }
}

extension JSONValue {
    /// The number as the sequence of a record: 0 to `Int64.max`.
    var sequenceValue: UInt64? { integerValue.flatMap { UInt64(exactly: $0) } }
}
