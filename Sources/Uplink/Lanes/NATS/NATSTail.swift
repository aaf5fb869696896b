import Bytes
import JSON
import NATS

/// What the last event of a station in the stream says about the station's epoch, by its identity:
///
///     <epoch>-<sequence>              an event
///     <epoch>-<through>.missing       the end of a snapshot pass
///     <epoch>-<sequence>.<ticket>     a snapshot, which has no place in the order but says what came before it
enum NATSTail {
    static func position(of message: JetStreamStoredMessage, epoch: String) -> UplinkPosition {
        guard let id = message.messageID, id.utf8.starts(with: (epoch + "-").utf8) else { return .nothing }
        let parts = id.utf8.dropFirst(epoch.utf8.count + 1)
            .split(separator: 0x2E, maxSplits: 1, omittingEmptySubsequences: false)
        guard let sequence = parts.first.flatMap({ Decimal.parse($0) }) else { return .nothing }
        guard parts.count == 2 else { return .last(sequence) }
        if parts[1].elementsEqual("missing".utf8) { return .last(sequence) }
        guard Decimal.parse(parts[1]) != nil, let previous = previous(in: message.payload) else { return .nothing }
        return .last(previous)
    }

    /// The event itself if it is an event of the journal.
    static func mark(of message: JetStreamStoredMessage, at position: UplinkPosition) -> UplinkMark? {
        guard case .last(let sequence) = position, let id = message.messageID, !id.utf8.contains(0x2E),
            let event = try? JSONParser.parse(message.payload), let type = event["type"]?.stringValue,
            let time = event["time"]?.stringValue
        else { return nil }
        return UplinkMark(sequence: sequence, type: type, time: time)
    }

    /// The attribute `previous` of an event.
    private static func previous(in payload: [UInt8]) -> UInt64? {
        let event = try? JSONParser.parse(payload)
        return event?["previous"]?.stringValue.flatMap { Decimal.parse($0) }
    }
}
