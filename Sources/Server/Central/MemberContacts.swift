import Bytes
import Domain
import Gateway

/// When the members of a fleet last spoke and what their clocks showed; in memory only.
final class MemberContacts {
    /// The last contact of one member.
    struct Contact: Equatable {
        let at: Timestamp
        /// How far its clock was ahead when it last sent a time; nil if it has sent none yet.
        let offsetSeconds: Int64?
    }

    /// A clock is marked as wrong at most this often: one that wanders must not fill the journal.
    private static let clockMarkIntervalMillis: Int64 = 60_000

    private var contacts: [Identifier: Contact] = [:]
    private var clockMarks: [Identifier: MonotonicTime] = [:]

    func contact(of member: Identifier) -> Contact? { contacts[member] }

    func clockOffsetSeconds(of member: Identifier) -> Int64? { contacts[member]?.offsetSeconds }

    /// Notes a contact.
    ///
    /// - Parameter offsetSeconds: nil if the request says nothing about the clock.
    func note(contactOf member: Identifier, at: Timestamp, offsetSeconds: Int64?) {
        let known = contacts[member]?.offsetSeconds
        contacts[member] = Contact(at: at, offsetSeconds: offsetSeconds ?? known)
    }

    func mayMarkClock(of member: Identifier, now: MonotonicTime) -> Bool {
        guard let last = clockMarks[member] else { return true }
        return last.advanced(byMilliseconds: Self.clockMarkIntervalMillis) <= now
    }

    func noteClockMark(of member: Identifier, now: MonotonicTime) { clockMarks[member] = now }
}
