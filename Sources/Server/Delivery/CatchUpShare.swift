import Domain
import Gateway

/// The share of missed events that one socket is sent in one turn, in one piece if possible.
struct CatchUpShare {
    let subscriber: Subscriber
    /// The size of the share so far, in bytes of event data.
    private(set) var bytes = 0
    private(set) var events: [EncodedEvent] = []
    /// Consecutive notifications whose records are gone.
    var missing: [IndexedNotification] = []
    private let epoch: String
    private let language: Language

    init(_ subscriber: Subscriber, epoch: String, language: Language) {
        self.language = language
        self.subscriber = subscriber
        self.epoch = epoch
    }

    /// The notification of a record as an event for this socket; nil if the record gives none.
    ///
    /// - Parameter reached: the event up to which the client has everything once it has this one; nil if that is
    ///   nothing new.
    func event(of record: [UInt8], sequence: UInt64, isNote: Bool, reached: UInt64?) -> EncodedEvent? {
        let isReplayed = sequence <= subscriber.replayedThrough
        guard
            let text = NotificationText(
                record: record, epoch: epoch, replayed: isReplayed, language: language, isNote: isNote)
        else { return nil }
        guard let reached, subscriber.framing == .packetWithOffset else {
            return EncodedEvent(text.kind.eventName, data: text.json)
        }
        let id = NotificationID(epoch: epoch, sequence: reached).text
        return EncodedEvent(text.kind.eventName, data: text.json, reached: Array(id.utf8))
    }

    mutating func append(_ event: EncodedEvent) {
        count(event)
        events.append(event)
    }

    /// Counts the bytes of an event, which may be sent separately.
    mutating func count(_ event: EncodedEvent) { bytes += event.data.count }

    mutating func removeEvents() { events.removeAll(keepingCapacity: true) }

    /// All events as WebSocket frames.
    func frames() -> [UInt8] {
        var frames: [UInt8] = []
        frames.reserveCapacity(bytes + events.count * 96)
        for event in events { frames.append(contentsOf: event.frame(for: subscriber)) }
        return frames
    }
}
