import Domain
import Gateway
import HTTP
import JSON
import Platform

/// Reports about tickets over REST.
struct ReportAPI {
    let durable: DurableDesk

    func report(_ request: APIRequest, _ user: User) throws(Refusal) -> any Job {
        let filter = try ReportFilter(query: request.query)
        let listing = try durable.desk.reportListing(filter, for: .user(user.id), now: request.now.wall)
        return ReportJob(listing, in: durable.desk)
    }

    /// The tickets that a list would have, as a file for spreadsheets.
    func csv(_ request: APIRequest, _ user: User) throws(Refusal) -> any Job {
        let filter = try TicketFilter(
            query: request.query, epoch: durable.epoch, limitMax: DeskLimits.exportCountMax)
        return CSVJob(filter, .user(user.id), request, in: durable.desk)
    }
}

/// Makes a report.
private final class ReportJob: Job {
    private let desk: Desk
    private var listing: TicketReportListing

    init(_ listing: TicketReportListing, in desk: Desk) {
        self.desk = desk
        self.listing = listing
    }

    func advance(now: Moment) throws(Refusal) -> HTTPResponse? {
        try listing.advance(in: desk).map { .json(.ok, $0) }
    }
}

/// Lists tickets as comma-separated values.
private final class CSVJob: Job {
    private let desk: Desk
    private let filter: TicketFilter
    private let caller: Caller
    private let request: APIRequest
    private var listing: TicketListing?

    init(_ filter: TicketFilter, _ caller: Caller, _ request: APIRequest, in desk: Desk) {
        self.desk = desk
        self.filter = filter
        self.caller = caller
        self.request = request
    }

    func advance(now: Moment) throws(Refusal) -> HTTPResponse? {
        if listing == nil { listing = try desk.exporting(filter, for: caller) }
        guard let page = try listing?.advance(in: desk) else { return nil }
        var response = HTTPResponse(contentType: "text/csv; charset=utf-8", body: page.csv)
        response.fields.append("Content-Disposition", "attachment; filename=\"tickets.csv\"")
        response.caching = .forbidden
        return request.paged(response, totalCount: page.totalCount, next: page.next)
    }
}
