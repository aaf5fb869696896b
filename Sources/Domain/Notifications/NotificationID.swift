import Bytes
import JSON

/// The identity of an event everywhere: `<epoch>-<sequence>`. The epoch is the random name of the data directory.
public struct NotificationID: Hashable, Sendable {
    public let epoch: String
    public let sequence: UInt64

    public init(epoch: String, sequence: UInt64) {
        self.epoch = epoch
        self.sequence = sequence
    }

    /// Reads the text form; nil where it is none.
    public init?(_ text: String) {
        guard text.utf8.count <= TextLimits.notificationIDMax, let hyphen = text.utf8.lastIndex(of: UInt8(ascii: "-")),
            hyphen > text.startIndex, let sequence = Decimal.parse(text.utf8[text.utf8.index(after: hyphen)...]),
            sequence <= UInt64(Int64.max)
        else { return nil }
        self.init(epoch: String(text[..<hyphen]), sequence: sequence)
    }

    init?(json: JSONValue) {
        guard let text = json.stringValue else { return nil }
        self.init(text)
    }

    public var text: String { "\(epoch)-\(sequence)" }
}
