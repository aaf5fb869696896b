/// The part of a turn that is left for one connection, and for all of them.
///
/// One thread serves everybody, so each connection gets a number of events, then the next has its turn; what is left
/// over goes on in the next turn. Events that cost more than others end a share early (`EventLoop.endShare`).
struct TurnShare {
    /// Events of one connection, or of one Engine.IO client, in a turn.
    static let eventsMax = 16
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
        events -= 1
        eventsOfTurn -= 1
    }

    mutating func end() { events = 0 }
}
