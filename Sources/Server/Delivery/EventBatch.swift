import Domain
import Gateway

/// Consecutive notifications for the same people, as events. Each socket is sent them in one piece, which all sockets
/// with the same framing share.
final class EventBatch {
    let events: [(sequence: UInt64, event: EncodedEvent)]
    /// The same in other languages.
    private let translations: [Language: EventBatch]
    private lazy var packetFrames = joined(\.sharedPacketFrame)
    private lazy var plainFrames = joined(\.plainFrame)

    init(_ events: [(sequence: UInt64, event: EncodedEvent)], translations: [Language: EventBatch] = [:]) {
        self.events = events
        self.translations = translations
    }

    /// The batch in the language of a socket's user.
    func translated(for subscriber: Subscriber) -> EventBatch {
        subscriber.language == .english ? self : translations[subscriber.language] ?? self
    }

    /// All events as WebSocket frames; nil if this socket's frames differ from those of others.
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
