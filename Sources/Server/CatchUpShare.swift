import Bytes
import JSON
import Station

/// What one socket is sent in one turn of what it missed, in one piece where it can be.
struct CatchUpShare {
    let subscriber: Subscriber
    /// How much it is by now.
    private(set) var bytes = 0
    private(set) var events: [EncodedEvent] = []
    /// Notifications in a row whose records are gone.
    var missing: [IndexedNotification] = []
    private let epoch: [UInt8]

    init(_ subscriber: Subscriber, epoch: String) {
        self.subscriber = subscriber
        self.epoch = Array(epoch.utf8)
    }

    /// The event for the notification that follows from a record, as this socket gets it; nil where none does.
    ///
    /// - Parameter reached: up to where the client has everything with this event; nil where that is not new.
    func event(of record: [UInt8], sequence: UInt64, reached: UInt64?) -> EncodedEvent? {
        let isReplayed = sequence <= subscriber.replayedThrough
        let reached = subscriber.framing == .packetWithOffset ? reached.map(id(of:)) ?? [] : []
        if let recorded = RecordedNotification(record: record) {
            var data: [UInt8] = []
            data.reserveCapacity(record.count + 128)
            recorded.write(into: &data, epoch: epoch, replayed: isReplayed)
            return EncodedEvent(recorded.kind.eventName, data: data, reached: reached)
        }
        // Whoever repaired the journal by hand may have laid a record out in another way.
        guard let value = try? JSONParser.parse(record), let event = try? Event(record: value),
            let notification = Notification(of: event)
        else { return nil }
        var writer = JSONWriter()
        notification.write(into: &writer, epoch: String(decoding: epoch, as: UTF8.self), replayed: isReplayed)
        return EncodedEvent(notification.eventName, data: writer.bytes, reached: reached)
    }

    mutating func append(_ event: EncodedEvent) {
        pass(event)
        events.append(event)
    }

    /// Counts an event that is sent by itself.
    mutating func pass(_ event: EncodedEvent) { bytes += event.data.count }

    mutating func removeEvents() { events.removeAll(keepingCapacity: true) }

    /// All events as frames of a WebSocket.
    func frames() -> [UInt8] {
        var frames: [UInt8] = []
        frames.reserveCapacity(bytes + events.count * 96)
        for event in events { frames.append(contentsOf: event.frame(for: subscriber)) }
        return frames
    }

    private func id(of sequence: UInt64) -> [UInt8] {
        var id = epoch
        id.append(UInt8(ascii: "-"))
        id.append(decimal: sequence)
        return id
    }
}
