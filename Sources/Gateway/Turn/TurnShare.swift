/// The part of a turn that is left for one connection, and for all of them.
///
/// One thread serves everybody, so each connection gets a number of events, then the next has its turn; what is left
/// over goes on in the next turn. Events that cost more than others end a share early (`EventLoop.endShare`).
struct TurnShare {
    /// Events of one connection, or of one Engine.IO client, in a turn.
    static let eventsMax = 32
    /// Events of all connections in a turn.
    static let eventsPerTurnMax = 256
    /// Timers that fire in a turn.
    static let timersPerTurnMax = 256

    /// Events that the present connection may still have processed.
    private(set) var events = eventsMax
    private(set) var eventsOfTurn = eventsPerTurnMax

    /// Whether another event may be processed.
    var isLeft: Bool { events > 0 }
    /// Whether another connection may be served.
    var isTurnLeft: Bool { eventsOfTurn > 0 }

    mutating func beginTurn() { eventsOfTurn = Self.eventsPerTurnMax }

    mutating func beginConnection() { events = Self.eventsMax }

    mutating func spend() {
        charge(1)
    }

    /// Counts work that costs as much as this number of events.
    mutating func charge(_ count: Int) {
        events = max(0, events - count)
        eventsOfTurn = max(0, eventsOfTurn - count)
    }

    /// Counts the bytes of a body, which cost as much to read or to write as one event for each 4 KiB.
    mutating func charge(bytes: Int) { charge(bytes / 4096) }

    mutating func end() { events = 0 }
}
