import Bytes
import Domain
import Platform

/// What a central server remembers of its stations only while it runs.
struct FleetTraffic {
    /// When a station spoke last, and how far its clock was ahead when it last said what it shows.
    struct Contact: Equatable {
        var at: Timestamp
        /// Nil where it has sent no time yet.
        var offsetSeconds: Int64?
    }

    /// A station that waits for a command.
    struct Waiter {
        let station: Identifier
        let connection: ConnectionID
        /// Only commands with a number above this.
        let after: UInt64
        let deadline: MonotonicTime
    }

    /// Requests of one station that may wait for commands: one, and one more whose client may be gone unnoticed.
    static let waitersPerStationMax = 2

    /// A clock is marked as wrong so often at most: one that wanders must not fill the journal.
    static let clockMarkIntervalMillis: Int64 = 60_000

    private(set) var contacts: [Identifier: Contact] = [:]
    private var clockMarks: [Identifier: MonotonicTime] = [:]
    /// Longest first.
    var waiters: [Waiter] = []
    /// Commands whose outcome came in this turn.
    var finished: [FleetCommand] = []
    /// Stations whose last batch was refused as malformed.
    var malformed: Set<Identifier> = []
    /// Stations whose tickets were found to take as much as they may.
    var full: Set<Identifier> = []
    /// Stations whose events were worked on in this turn.
    private var served: Set<Identifier> = []

    /// Whether the station may have a batch of events worked on in this turn: one, so that it takes no more of a turn
    /// than others.
    mutating func admit(_ station: Identifier) -> Bool { served.insert(station).inserted }

    /// - Parameter offsetSeconds: nil where the request tells nothing of the clock.
    mutating func note(contactOf station: Identifier, at: Timestamp, offsetSeconds: Int64?) {
        let known = contacts[station]?.offsetSeconds
        contacts[station] = Contact(at: at, offsetSeconds: offsetSeconds ?? known)
    }

    func mayMarkClock(of station: Identifier, now: MonotonicTime) -> Bool {
        guard let last = clockMarks[station] else { return true }
        return last.advanced(byMilliseconds: Self.clockMarkIntervalMillis) <= now
    }

    mutating func clockMarked(of station: Identifier, now: MonotonicTime) { clockMarks[station] = now }

    mutating func endTurn() {
        if !served.isEmpty { served.removeAll(keepingCapacity: true) }
    }

    var nextDeadline: MonotonicTime? { waiters.map(\.deadline).min() }
}
