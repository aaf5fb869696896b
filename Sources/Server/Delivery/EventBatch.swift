import Gateway

/// Notifications in a row for the same people, with their events: they go to each socket in one piece, which all
/// sockets that speak alike share.
final class EventBatch {
    let events: [(sequence: UInt64, event: EncodedEvent)]
    private lazy var packetFrames = joined(\.sharedPacketFrame)
    private lazy var plainFrames = joined(\.plainFrame)

    init(_ events: [(sequence: UInt64, event: EncodedEvent)]) { self.events = events }

    /// All events as frames of a WebSocket; nil where this socket gets other ones than the rest.
    func frames(for subscriber: Subscriber) -> [UInt8]? {
        switch subscriber.framing {
        case .packet: packetFrames
        case .plain: plainFrames
        case .packetWithOffset: nil
        }
    }

    private func joined(_ frame: (EncodedEvent) -> [UInt8]) -> [UInt8] {
        if events.count == 1, let event = events.first?.event { return frame(event) }
        var frames: [UInt8] = []
        frames.reserveCapacity(events.reduce(0) { $0 + frame($1.event).count })
        for (_, event) in events { frames.append(contentsOf: frame(event)) }
        return frames
    }
}
