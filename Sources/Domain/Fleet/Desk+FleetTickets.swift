import Bytes
import JSON

/// The tickets of the fleet: how they come here, and how admins see them.
extension Desk {
    // MARK: Coming here

    /// Reads a batch of `station`, an array of CloudEvents, and tells what of it is new. Changes nothing.
    public func batch(_ elements: [JSONValue], of station: FleetMember) throws(FleetBatchFault) -> FleetBatch {
        try FleetBatch(elements, of: station)
    }

    /// Throws `full` if a new event adds to tickets that use as much memory as they may.
    ///
    /// What frees memory always has room. Changes of tickets that are here have it for a while longer than new tickets
    /// and comments, so that what is open can be closed.
    ///
    /// - Parameter bytesMax: how much memory all tickets of a member may use.
    public func mustHaveRoom(
        for event: FleetEvent, now: Timestamp, bytesMax: Int = FleetLimits.ticketBytesPerStationMax
    ) throws(FleetBatchFault) {
        try fleet.tickets.mustHaveRoom(
            for: event, recordedAs: fleetEvent(.reported(event), now: now), bytesMax: bytesMax)
    }

    /// Whether nothing that adds to the tickets of `station` is accepted any more.
    public func isFleetFull(for station: Identifier, bytesMax: Int = FleetLimits.ticketBytesPerStationMax) -> Bool {
        fleet.tickets.isFull(for: station, bytesMax: bytesMax)
    }

    /// The changes that a new event leads to, in this order, the event itself last. Each must be applied before the
    /// next event is asked for.
    public func fleetChanges(for event: FleetEvent) -> [FleetChange] { fleet.tickets.changes(for: event) }

    /// The changes, in this order, after which nothing is here of what a removed station has reported.
    public func fleetPurge(of station: Identifier) -> [FleetChange] { fleet.tickets.purge(of: station) }

    /// Whether an event, until it is applied, changes something that people are told of. All do, except what a station
    /// tells of a ticket that is newer here already, or of the end of a ticket that is not here.
    public func isNews(_ event: Event) -> Bool { fleet.tickets.isNews(event) }

    /// The next event, of a change that a station has reported or that follows from a decision.
    public func fleetEvent(_ change: FleetChange, by caller: Caller = .central, now: Timestamp) -> Event {
        event(.fleet(change), by: caller, now)
    }

    // MARK: Being seen

    /// A ticket of the fleet. Throws `notFound` if there is no such station or ticket.
    public func fleetTicket(_ id: Identifier, of station: Identifier) throws(Refusal) -> FleetTicket {
        try fleet.mustKnow(station)
        guard let ticket = fleet.tickets[station]?[id] else { throw .notFound("Support ticket not found") }
        return ticket
    }

    /// The tickets of one station, newest first, in one go. O(n) in its tickets, and in the bytes of their texts if
    /// these are searched. Throws `notFound` if there is no such station.
    public func fleetTickets(of station: Identifier, _ filter: TicketFilter) throws(Refusal) -> FleetTicketPage {
        page(try fleetListing(of: station, filter))
    }

    /// The tickets of all stations, the newest first by the clocks of their stations, in one go. O(n log page) in all
    /// tickets.
    ///
    /// - Parameter cursor: the end of the page before, as that gave it.
    public func fleetTickets(_ filter: TicketFilter, behind cursor: FleetCursor?) -> FleetTicketPage {
        page(fleetListing(filter, behind: cursor))
    }

    /// Begins a list of one station's tickets, newest first. Throws `notFound` if there is no such station.
    public func fleetListing(of station: Identifier, _ filter: TicketFilter) throws(Refusal) -> FleetTicketListing {
        try fleet.mustKnow(station)
        return FleetTicketListing(filter, of: station)
    }

    /// Begins a list of all stations' tickets, the newest first by the clocks of their stations.
    ///
    /// - Parameter cursor: the end of the page before, as that gave it.
    public func fleetListing(_ filter: TicketFilter, behind cursor: FleetCursor?) -> FleetTicketListing {
        FleetTicketListing(filter, after: cursor)
    }

    private func page(_ listing: FleetTicketListing) -> FleetTicketPage {
        var listing = listing
        while true {
            if let page = listing.advance(in: self, stepsMax: .max) { return page }
        }
    }

    /// The statistics of one station's tickets. O(1). Throws `notFound` if there is no such station.
    public func fleetStatistics(of station: Identifier) throws(Refusal) -> Statistics {
        try fleet.mustKnow(station)
        return Statistics(fleet.tickets[station]?.tally ?? Tally())
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

    /// The comments, oldest first.
    public var comments: [Comment] { ticket.comments }

    /// Every change, oldest first, as of `Desk.history`. A username is given only if the ticket itself has it: the
    /// central server does not know the station's users.
    public var history: [HistoryRow] { ticket.history(name: name(of:)) }

    private func name(of caller: Caller) -> String? {
        let commenter = ticket.comments.last { $0.by == caller }?.username
        return caller.word ?? (caller.userID == user.id ? user.username : commenter)
    }
}
