import Bytes
import Domain
import Gateway
import Platform

/// Requests of members that wait for a command (long polls).
struct CommandWaiters {
    struct Waiter {
        let member: Identifier
        let connection: ConnectionID
        /// Only commands with a number above this count.
        let after: UInt64
        /// The member's own epoch.
        var stationEpoch = ""
        let deadline: MonotonicTime
    }

    /// Requests of one member that may wait: the current one, and an earlier one whose client may have gone unnoticed.
    static let perMemberMax = 2

    /// Longest first.
    private var waiting: [Waiter] = []

    var isEmpty: Bool { waiting.isEmpty }

    /// The earliest deadline. O(n).
    var nextDeadline: MonotonicTime? { waiting.map(\.deadline).min() }

    mutating func add(_ waiter: Waiter) { waiting.append(waiter) }

    /// Drops the requests of clients that have gone, and removes the oldest of a member that has as many as allowed.
    ///
    /// - Returns: the request that makes room, which is to be answered.
    mutating func makeRoom(for member: Identifier, isConnected: (ConnectionID) -> Bool) -> Waiter? {
        waiting.removeAll { !isConnected($0.connection) }
        guard waiting.count(where: { $0.member == member }) >= Self.perMemberMax,
            let place = waiting.firstIndex(where: { $0.member == member })
        else { return nil }
        return waiting.remove(at: place)
    }

    /// Removes the requests of a member.
    mutating func removeAll(of member: Identifier) -> [Waiter] { removeAll { $0.member == member } }

    /// Removes the requests that have waited long enough.
    mutating func removeExpired(at now: MonotonicTime) -> [Waiter] { removeAll { $0.deadline <= now } }

    /// Removes all of them.
    mutating func removeAll() -> [Waiter] { removeAll { _ in true } }

    private mutating func removeAll(where isMeant: (Waiter) -> Bool) -> [Waiter] {
        guard !waiting.isEmpty else { return [] }
        let removed = waiting.filter(isMeant)
        if !removed.isEmpty { waiting.removeAll(where: isMeant) }
        return removed
    }
}
