import Domain
import Gateway
import HTTP
import JSON
import Platform

/// The answers to requests: the table of routes, the caller's rights, and the shape of errors.
final class REST: RequestHandler {
    private let accounts: Accounts
    private let writeQuota: WriteQuota
    private let refusals: RefusalCounts
    private let tickets: TicketAPI
    private let people: PeopleAPI
    private let inbox: InboxAPI
    private let status: StatusAPI
    private let sockets: NotificationSockets
    private let control: OperatorControl
    private let central: CentralRole?
    private let fleet: FleetAPI?
    private let table: RouteTable

    /// - Parameters:
    ///   - central: nil if this is not a central server; its routes do not exist then.
    init(
        accounts: Accounts, writeQuota: WriteQuota, refusals: RefusalCounts, tickets: TicketAPI, people: PeopleAPI,
        inbox: InboxAPI, status: StatusAPI, sockets: NotificationSockets, control: OperatorControl,
        central: CentralRole?, fleet: FleetAPI?
    ) {
        self.accounts = accounts
        self.writeQuota = writeQuota
        self.refusals = refusals
        self.tickets = tickets
        self.people = people
        self.inbox = inbox
        self.status = status
        self.sockets = sockets
        self.control = control
        self.central = central
        self.fleet = fleet
        table = RouteTable(central == nil ? Self.stationRoutes : Self.stationRoutes + Self.fleetRoutes)
    }

    func answer(
        _ request: HTTPRequest, from exchange: Exchange, through loop: EventLoop, now: Moment
    ) -> Answer {
        if exchange.isControl { return .response(control.answer(request, now: now)) }
        guard let resource = table.resource(at: request.segments) else { return answerBesideRoutes(request) }
        if request.method == .options {
            return .response(HTTPResponse(status: .noContent, fields: ["Allow": resource.allow]))
        }
        guard let route = resource.route(for: request.method) else {
            var response = ErrorBody.response(.methodNotAllowed, "Method Not Allowed")
            response.fields.set("Allow", resource.allow)
            return .response(response)
        }
        let apiRequest = APIRequest(
            request: request, exchange: exchange, loop: loop, now: now, parameterPlaces: resource.parameterPlaces)
        do throws(Refusal) {
            // Login and some others have small bodies by nature: nothing larger is even parsed.
            if let max = route.bodyBytesMax, request.body.count > max {
                refusals.note(.routeBody)
                return .response(ErrorBody.response(.contentTooLarge, "The body is longer than \(max) bytes"))
            }
            return try answer(apiRequest, route)
        } catch {
            return .response(HTTPResponse(error))
        }
    }

    private func answer(_ request: APIRequest, _ route: Route) throws(Refusal) -> Answer {
        switch route.handler {
        case .anyone(let method): return try method(self)(request)
        case .user(let method): return try method(self)(request, try authenticate(request, route))
        case .tickets(let method):
            return .response(try method(tickets)(request, .user(try authenticate(request, route).id)))
        case .inbox(let method):
            return .response(try method(inbox)(request, .user(try authenticate(request, route).id)))
        case .people(let method): return try method(people)(request, .user(try authenticate(request, route).id))
        case .admin(let method):
            let caller = Caller.user(try authenticate(request, route).id)
            try accounts.requireAdmin(caller)
            guard let fleet else { throw .notFound("Not Found") }
            return try method(fleet)(request, caller)
        case .member(let method):
            guard let central else { throw .notFound("Not Found") }
            return try central.answer(request, with: method)
        }
    }

    /// The caller, with one change less to make within this minute if the route changes something.
    private func authenticate(_ request: APIRequest, _ route: Route) throws(Refusal) -> User {
        let user = try accounts.authenticate(
            authorization: request.request.fields.bytes("Authorization"), now: request.now)
        request.loop.noteAuthenticated(request.exchange.connection)
        if route.isChange { try writeQuota.spend(user, now: request.now) }
        return user
    }

    // MARK: Handlers too small for a part of their own

    func health(_ request: APIRequest) throws(Refusal) -> Answer { .response(status.health()) }

    func readiness(_ request: APIRequest) throws(Refusal) -> Answer { .response(status.readiness()) }

    func metrics(_ request: APIRequest) throws(Refusal) -> Answer { .response(status.metrics(request)) }

    func status(_ request: APIRequest, _ user: User) throws(Refusal) -> Answer {
        .response(try status.status(request, user))
    }

    func login(_ request: APIRequest) throws(Refusal) -> Answer { try accounts.login(request) }

    func refresh(_ request: APIRequest, _ user: User) throws(Refusal) -> Answer {
        .response(accounts.tokenResponse(for: user, now: request.now))
    }

    func me(_ request: APIRequest, _ user: User) throws(Refusal) -> Answer {
        .response(.json { user.write(into: &$0) })
    }

    func changePassword(_ request: APIRequest, _ user: User) throws(Refusal) -> Answer {
        try accounts.changePassword(request, of: user)
    }

    // MARK: Beside the routes

    /// Answers requests without a route: the WebSocket, the files, and 404 for everything else.
    private func answerBesideRoutes(_ request: HTTPRequest) -> Answer {
        if let webSocket = sockets.upgrade(request) { return webSocket }
        if request.path == "*" {
            return .response(
                HTTPResponse(status: .noContent, fields: ["Allow": "GET, HEAD, POST, PATCH, DELETE, OPTIONS"]))
        }
        if let file = ServedFiles.answer(request) { return .response(file) }
        let path = "/" + request.segments.joined(separator: "/")
        return .response(ErrorBody.response(.notFound, "Cannot \(request.method.rawValue.uppercased()) \(path)"))
    }
}
