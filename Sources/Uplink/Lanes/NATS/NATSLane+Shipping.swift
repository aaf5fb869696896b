import Bytes
import NATS

/// Ships events into the stream.
extension NATSLane {
    /// The smallest window that halving leads to.
    private static let windowBytesMin = 1024

    public var room: UplinkRoom? {
        guard case .open = phase, ending == nil else { return nil }
        let (count, bytes) = publisher.room
        return count > 0 ? UplinkRoom(count: count, bytes: bytes) : nil
    }

    /// Half the window if events in flight were lost and a pause may help, because then they were too much for the
    /// line. Otherwise the window as it is.
    public func roomForNextConnection(after fault: UplinkFault, hadEventsInFlight: Bool) -> UplinkRoom? {
        guard fault.remedy == .backOff, hadEventsInFlight else { return window }
        let present = window ?? wholeWindow
        return UplinkRoom(
            count: max(1, present.count / 2), bytes: max(Self.windowBytesMin, present.bytes / 2))
    }

    public mutating func everythingIsStored() { window = nil }

    public mutating func ship(_ events: [UplinkEvent], now: MonotonicTime) {
        precondition(room != nil, "nothing may be shipped now")
        for event in events {
            if let fault = publish(event, now: now) { return end(fault) }
        }
    }

    /// Publishes an event. Returns a fault if that is impossible.
    private mutating func publish(_ event: UplinkEvent, now: MonotonicTime) -> UplinkFault? {
        guard event.json.count <= NATSLaneLimits.eventBytesMax else {
            return UplinkFault(
                "the event \(event.id) has \(event.json.count) bytes, more than the "
                    + "\(NATSLaneLimits.eventBytesMax) that can be shipped", .intervention)
        }
        guard let subject = names.subject(ofType: event.type),
            let publication = JetStreamPublication(
                to: subject, messageID: event.id, stream: names.stream, payload: event.json)
        else {
            return UplinkFault(
                "the event \(NATSText.printable(event.id)) cannot be published: its type or its id cannot be written",
                .intervention)
        }
        do {
            try send(publication, ordinal: event.ordinal, now: now)
            shipped.append((event.ordinal, event.id, event.type))
            return nil
        } catch {
            return UplinkFault("the event \(event.id) cannot be shipped: \(error.message)", .intervention)
        }
    }

    /// Stops shipping, and fails when everything in flight was answered, so that each connection gets as far as it can.
    mutating func end(_ fault: UplinkFault) {
        guard case .open = phase, publisher.inFlightCount > 0 else { return fail(fault) }
        ending = ending ?? fault
    }

    /// Forwards the publisher's events. Its retry ends the lane: a new connection begins with a comparison, which says
    /// what to send again.
    mutating func forwardPublisherEvents() {
        while let event = publisher.nextEvent() {
            switch event {
            case .stored(let through):
                shipped.removeFirst(shipped.firstIndex { $0.ordinal > through } ?? shipped.count)
                emit(storedThrough: through)
            case .retry(_, let fault): return fail(ending ?? publicationFault(fault))
            }
        }
        if let ending, publisher.inFlightCount == 0 { fail(ending) }
    }
}
