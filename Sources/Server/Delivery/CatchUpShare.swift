import Domain
import Gateway

/// What one socket is sent in one turn of what it missed, in one piece where it can be.
struct CatchUpShare {
    let subscriber: Subscriber
    /// How much it is by now.
    private(set) var bytes = 0
    private(set) var events: [EncodedEvent] = []
    /// Notifications in a row whose records are gone.
    var missing: [IndexedNotification] = []
    private let epoch: String

    init(_ subscriber: Subscriber, epoch: String) {
        self.subscriber = subscriber
        self.epoch = epoch
    }

    /// The event for the notification that follows from a record, as this socket gets it; nil where none does.
    ///
    /// - Parameter reached: up to where the client has everything with this event; nil where that is not new.
    func event(of record: [UInt8], sequence: UInt64, reached: UInt64?) -> EncodedEvent? {
        let isReplayed = sequence <= subscriber.replayedThrough
        guard let text = NotificationText(record: record, epoch: epoch, replayed: isReplayed) else { return nil }
        guard let reached, subscriber.framing == .packetWithOffset else {
            return EncodedEvent(text.kind.eventName, data: text.json)
        }
        let id = NotificationID(epoch: epoch, sequence: reached).text
        return EncodedEvent(text.kind.eventName, data: text.json, reached: Array(id.utf8))
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
}
