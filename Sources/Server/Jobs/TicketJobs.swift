import Domain
import HTTP
import JSON
import Platform

/// Lists or searches the station's tickets.
final class TicketListJob: Job {
    /// The tickets that the path names.
    enum Subject {
        case all
        case ofUser(Identifier)
        case atStation(Identifier)
    }

    private let desk: Desk
    private let subject: Subject
    private let filter: TicketFilter
    private let caller: Caller
    private let request: APIRequest
    /// Nil before the beginning: what a search needs is made then.
    private var listing: TicketListing?

    init(_ subject: Subject, _ filter: TicketFilter, _ caller: Caller, _ request: APIRequest, in desk: Desk) {
        self.desk = desk
        self.subject = subject
        self.filter = filter
        self.caller = caller
        self.request = request
    }

    func advance(now: Moment) throws(Refusal) -> HTTPResponse? {
        if listing == nil { listing = try begin() }
        guard let page = try listing?.advance(in: desk) else { return nil }
        return request.paged(.json(.ok, page.json), totalCount: page.totalCount, next: page.next)
    }

    private func begin() throws(Refusal) -> TicketListing {
        switch subject {
        case .all: try desk.listing(filter, for: caller)
        case .ofUser(let id): try desk.listing(ofUser: id, filter, for: caller)
        case .atStation(let id): try desk.listing(atStation: id, filter, for: caller)
        }
    }
}

/// Counts the tickets that a filter finds, by their sort.
final class TicketCountJob: Job {
    private let desk: Desk
    private let filter: TicketFilter
    private let caller: Caller
    private var listing: TicketListing?

    init(_ filter: TicketFilter, _ caller: Caller, in desk: Desk) {
        self.desk = desk
        self.filter = filter
        self.caller = caller
    }

    func advance(now: Moment) throws(Refusal) -> HTTPResponse? {
        if listing == nil { listing = try desk.counting(filter, for: caller) }
        guard let counts = try listing?.advance(in: desk)?.counts else { return nil }
        return .json { counts.write(into: &$0) }
    }
}

/// Counts the station's tickets.
final class StatisticsJob: Job {
    private let desk: Desk
    private let caller: Caller
    private var listing: StatisticsListing?

    init(_ caller: Caller, in desk: Desk) {
        self.desk = desk
        self.caller = caller
    }

    func advance(now: Moment) throws(Refusal) -> HTTPResponse? {
        if listing == nil { listing = try desk.statisticsListing(for: caller) }
        guard let statistics = try listing?.advance(in: desk) else { return nil }
        return .json { statistics.write(into: &$0) }
    }
}

/// Lists or searches the tickets of a central server's fleet.
final class FleetTicketListJob: Job {
    /// The tickets that the path names.
    enum Subject {
        case ofMember(Identifier)
        case all(after: FleetCursor?)
    }

    private let desk: Desk
    private let subject: Subject
    private let filter: TicketFilter
    private let request: APIRequest
    private var listing: FleetTicketListing?

    init(_ subject: Subject, _ filter: TicketFilter, _ request: APIRequest, in desk: Desk) {
        self.desk = desk
        self.subject = subject
        self.filter = filter
        self.request = request
    }

    func advance(now: Moment) throws(Refusal) -> HTTPResponse? {
        if listing == nil { listing = try begin() }
        guard let page = listing?.advance(in: desk) else { return nil }
        return request.paged(.json(.ok, page.json), totalCount: page.totalCount, next: page.next)
    }

    private func begin() throws(Refusal) -> FleetTicketListing {
        switch subject {
        case .ofMember(let member): try desk.fleetListing(of: member, filter)
        case .all(let cursor): desk.fleetListing(filter, behind: cursor)
        }
    }
}
