import Bytes
import JSON

/// One page of the fleet's tickets.
public struct FleetTicketPage: Sendable {
    public let tickets: [FleetTicket]

    /// How many there are on all pages.
    public let totalCount: Int

    /// The `cursor` of the page behind this one; nil where this is the last.
    public let next: String?
}

/// The tickets of the fleet, for admins. `notFound` is thrown where there is no such station or ticket.
extension Desk {
    public func fleetTicket(_ id: Identifier, of station: Identifier) throws(Refusal) -> FleetTicket {
        guard fleet.stations.contains(station) else { throw Self.unknownStation }
        guard let ticket = fleet.tickets[station]?[id] else { throw .notFound("Support ticket not found") }
        return ticket
    }

    /// The tickets of one station, newest first. O(n) in its tickets.
    public func fleetTickets(of station: Identifier, _ filter: TicketFilter) throws(Refusal) -> FleetTicketPage {
        guard fleet.stations.contains(station) else { throw Self.unknownStation }
        let test = FleetTicketTest(filter)
        var found: [FleetTicket] = []
        var totalCount = 0
        var hasMore = false
        fleet.tickets[station]?.rows.descending { ticket in
            guard test.holds(for: ticket) else { return true }
            totalCount += 1
            guard filter.below.map({ ticket.id < $0 }) ?? true else { return true }
            if found.count < filter.limit { found.append(ticket) } else { hasMore = true }
            return true
        }
        if found.cutToPage() { hasMore = true }
        return FleetTicketPage(
            tickets: found, totalCount: totalCount,
            next: hasMore ? found.last.map { TicketFilter.cursor(behind: $0.id) } : nil)
    }

    /// The tickets of all stations, the newest first by the clocks of their stations. O(n log page) in all tickets.
    ///
    /// - Parameter cursor: the end of the page before, as that gave it.
    public func fleetTickets(_ filter: TicketFilter, behind cursor: FleetCursor?) -> FleetTicketPage {
        let test = FleetTicketTest(filter)
        var found: [FleetTicket] = []
        var totalCount = 0
        var hasMore = false
        for (_, table) in fleet.tickets.sorted(by: { $0.key < $1.key }) {
            table.rows.descending { ticket in
                guard test.holds(for: ticket) else { return true }
                totalCount += 1
                let key = FleetCursor(behind: ticket)
                guard cursor.map({ $0 < key }) ?? true else { return true }
                var place = found.count
                while place > 0, key < FleetCursor(behind: found[place - 1]) { place -= 1 }
                if place < filter.limit { found.insert(ticket, at: place) } else { hasMore = true }
                if found.count > filter.limit {
                    found.removeLast()
                    hasMore = true
                }
                return true
            }
        }
        if found.cutToPage() { hasMore = true }
        return FleetTicketPage(
            tickets: found, totalCount: totalCount,
            next: hasMore ? found.last.map { FleetCursor(behind: $0).text } : nil)
    }

    /// The figures of one station's tickets. O(1).
    public func fleetStatistics(of station: Identifier) throws(Refusal) -> Statistics {
        guard fleet.stations.contains(station) else { throw Self.unknownStation }
        return Statistics(fleet.tickets[station]?.tally ?? Tally())
    }

    /// The station as GET /fleet shows it, but for what is only in memory.
    public func write(_ station: FleetMember, into object: inout JSONObject) {
        object["station_id"] = .integer(Int64(station.id))
        object.member("name", station.name)
        object.member("added_at", station.addedAt)
        object.member("removed_at", station.removedAt)
        object.member("epoch", station.epoch)
        object.member("accepted_through", sequence: station.acceptedThrough)
        object.member("clock_wrong", station.isClockWrong)
        object.member("clock_offset_seconds", station.clockOffsetSeconds)
        object["full"] = .bool(isFleetFull(for: station.id))
        object["missing"] = station.missingJSON
        object["not_understood"] = station.notUnderstoodJSON
        object.member("waiting_commands", Int64(fleetCommandsWaitingCount(for: station.id)))
        let tally = fleet.tickets[station.id]?.tally ?? Tally()
        object["tickets"] = [
            "open": .integer(Int64(tally.open)), "in_progress": .integer(Int64(tally.inProgress)),
            "closed": .integer(Int64(tally.closed)),
        ]
    }
}

extension [FleetTicket] {
    /// Leaves those that one answer has room for, and says whether there were more.
    fileprivate mutating func cutToPage() -> Bool {
        var bytes = 0
        for place in indices {
            bytes += self[place].answerTextBytes
            guard bytes > FleetLimits.pageBytesMax, place > 0 else { continue }
            removeSubrange(place...)
            return true
        }
        return false
    }
}

extension FleetTicket {
    /// Writes the ticket as a JSON object with `user` and `station` expanded, and with `fleet_station_id`.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        snapshot.writeMembers(into: &writer)
        writer.member("fleet_station_id", Int64(station))
        writer.endObject()
    }

    public var comments: [Comment] { ticket.comments }

    /// Writes every change, oldest first, as `Desk.writeHistory` does. A username is given where the ticket itself
    /// tells it: the central server does not know the station's users.
    public func writeHistory(into writer: inout JSONWriter) {
        ticket.writeHistory(into: &writer, name: name(of:))
    }

    private func name(of caller: Caller) -> String? {
        let commenter = ticket.comments.last { $0.by == caller }?.username
        return caller.word ?? (caller.userID == user.id ? user.username : commenter)
    }
}

/// The end of a page of the whole fleet's tickets; less is what comes first.
public struct FleetCursor: Comparable, Sendable {
    let createdAt: Timestamp
    let station: Identifier
    let ticket: Identifier

    init(behind ticket: FleetTicket) {
        createdAt = ticket.ticket.createdAt
        station = ticket.station
        self.ticket = ticket.id
    }

    /// Reads what an earlier answer gave. Throws `invalid` where it is nothing of the kind.
    public init(_ text: String) throws(Refusal) {
        let parts = (Base64.decode(text.utf8, as: .url) ?? []).split(separator: UInt8(ascii: "."))
        let numbers = parts.compactMap { Decimal.parse($0) }
        guard parts.count == 3, numbers.count == 3, let milliseconds = Int64(exactly: numbers[0]),
            let station = Identifier(exactly: numbers[1]), let ticket = Identifier(exactly: numbers[2])
        else { throw .invalid(["cursor must be one that an earlier answer gave"]) }
        createdAt = Timestamp(milliseconds: milliseconds)
        self.station = station
        self.ticket = ticket
    }

    /// Opaque to clients. Times before 1970 count as 1970.
    var text: String {
        Base64.encode(Array("\(max(0, createdAt.milliseconds)).\(station).\(ticket)".utf8), as: .url)
    }

    public static func < (left: Self, right: Self) -> Bool {
        (right.createdAt, left.station, right.ticket) < (left.createdAt, right.station, left.ticket)
    }
}

/// Whether a ticket of the fleet belongs to an answer.
private struct FleetTicketTest {
    let filter: TicketFilter
    let search: TextSearch?

    init(_ filter: TicketFilter) {
        self.filter = filter
        search = filter.search.map(TextSearch.init)
    }

    func holds(for row: FleetTicket) -> Bool {
        let ticket = row.ticket
        guard filter.status == nil || filter.status == ticket.status,
            filter.userID == nil || filter.userID == ticket.userID,
            filter.stationID == nil || filter.stationID == ticket.stationID,
            filter.type == nil || filter.type == ticket.type,
            filter.priority == nil || filter.priority == ticket.priority,
            filter.assigneeID == nil || filter.assigneeID == ticket.assigneeID,
            filter.ids.contains(ticket.id), filter.changedAfter < row.documentSequence
        else { return false }
        guard let search else { return true }
        return search.isFound(in: row.user.username) || search.isFound(in: ticket.description)
            || ticket.response.map(search.isFound) ?? false
    }
}
