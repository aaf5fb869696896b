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
    private let answers: AnswerAPI
    private let people: PeopleAPI
    private let inbox: InboxAPI
    private let status: StatusAPI
    private let sockets: NotificationSockets
    private let control: OperatorControl
    private let central: CentralRole?
    private let fleet: FleetAPI?
    private let jobs: JobQueue
    private let metricsAccess: MetricsAccess
    private let table: RouteTable

    /// - Parameters:
    ///   - central: nil if this is not a central server; its routes do not exist then.
    init(
        accounts: Accounts, writeQuota: WriteQuota, refusals: RefusalCounts, tickets: TicketAPI,
        answers: AnswerAPI, people: PeopleAPI, inbox: InboxAPI, status: StatusAPI, sockets: NotificationSockets,
        jobs: JobQueue, control: OperatorControl,
        central: CentralRole?, fleet: FleetAPI?
    ) {
        self.jobs = jobs
        self.accounts = accounts
        metricsAccess = MetricsAccess(configuration: status.configuration)
        self.writeQuota = writeQuota
        self.refusals = refusals
        self.tickets = tickets
        self.answers = answers
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
        guard exchange.use == .clients else { return answerElsewhere(request, from: exchange, through: loop, now: now) }
        guard let resource = table.resource(at: request.segments) else { return answerBesideRoutes(request) }
        if request.method == .options {
            return .response(HTTPResponse(status: .noContent, fields: ["Allow": resource.allow]), after: .nothing)
        }
        guard let route = resource.route(for: request.method) else {
            var response = ErrorBody.response(.methodNotAllowed, "Method Not Allowed")
            response.fields.set("Allow", resource.allow)
            return .response(response, after: .nothing)
        }
        let apiRequest = APIRequest(
            request: request, exchange: exchange, loop: loop, now: now, parameterPlaces: resource.parameterPlaces)
        let user: User?
        do throws(Refusal) {
            // Login and some others have small bodies by nature: nothing larger is even parsed.
            if let max = route.bodyBytesMax, request.body.count > max {
                refusals.note(.routeBody)
                return .response(
                    ErrorBody.response(.contentTooLarge, "The body is longer than \(max) bytes"), after: .nothing)
            }
            if route.isHeavy { loop.chargeShare(Route.heavyEvents) }
            user = route.needsUser ? try authenticate(apiRequest, route) : nil
        } catch {
            return .response(HTTPResponse(error), after: accounts.dependency(showing: .people))
        }
        let answer: Answer
        do throws(Refusal) {
            answer = try self.answer(apiRequest, route, for: user)
        } catch {
            answer = .response(HTTPResponse(error))
        }
        guard case .response(let response, _) = answer else { return answer }
        return .response(response, after: dependency(of: apiRequest, showing: route.shown, to: user))
    }

    /// Answers what came to a listener that is not for clients.
    private func answerElsewhere(
        _ request: HTTPRequest, from exchange: Exchange, through loop: EventLoop, now: Moment
    ) -> Answer {
        if exchange.use == .control { return .response(control.answer(request, now: now)) }
        guard request.method == .get || request.method == .head, request.segments == ["metrics"] else {
            return .response(ErrorBody.response(.notFound, "Only GET /metrics is answered here"), after: .nothing)
        }
        do throws(Refusal) {
            return try metrics(
                APIRequest(request: request, exchange: exchange, loop: loop, now: now, parameterPlaces: []))
        } catch {
            return .response(HTTPResponse(error), after: .nothing)
        }
    }

    private func answer(
        _ request: APIRequest, _ route: Route, for user: User?
    ) throws(Refusal) -> Answer {
        if case .anyone(let method) = route.handler { return try method(self)(request) }
        if case .member(let method) = route.handler {
            guard let central else { throw .notFound("Not Found") }
            return try central.answer(request, with: method)
        }
        guard let user else { throw .unauthorized("Unauthorized") }
        let caller = Caller.user(user.id)
        switch route.handler {
        case .anyone, .member: throw .notFound("Not Found")
        case .user(let method): return try method(self)(request, user)
        case .tickets(let method): return .response(try method(tickets)(request, caller))
        case .answers(let method): return .response(try method(answers)(request, caller))
        case .answerJob(let method): return try begin(try method(answers)(request, caller), route, request, user)
        case .inbox(let method): return .response(try method(inbox)(request, caller))
        case .ticketJob(let method): return try begin(try method(tickets)(request, caller), route, request, user)
        case .inboxJob(let method): return try begin(try method(inbox)(request, caller), route, request, user)
        case .people(let method): return try method(people)(request, caller)
        case .peopleJob(let method): return try begin(try method(people)(request, caller), route, request, user)
        case .admin(let method):
            try accounts.requireAdmin(caller)
            guard let fleet else { throw .notFound("Not Found") }
            return try method(fleet)(request, caller)
        case .fleetJob(let method):
            try accounts.requireAdmin(caller)
            guard let fleet else { throw .notFound("Not Found") }
            return try begin(try method(fleet)(request, caller), route, request, user)
        }
    }

    private func begin(
        _ job: any Job, _ route: Route, _ request: APIRequest, _ user: User
    ) throws(Refusal) -> Answer {
        let scope = scope(of: request, showing: route.shown, to: user) ?? .everything
        return try jobs.answer(job, for: user.id, showing: scope, request)
    }

    /// For what the answer to a request must wait. A changed right shows too, so changes of people always count.
    private func dependency(of request: APIRequest, showing shown: Route.Shown, to user: User?) -> Dependency {
        guard shown != .nothing, accounts.isAhead else { return .nothing }
        return scope(of: request, showing: shown, to: user).map { accounts.dependency(showing: $0) } ?? .everything
    }

    /// The part of the state that an answer shows; nil if it may be any.
    private func scope(of request: APIRequest, showing shown: Route.Shown, to user: User?) -> StateScope? {
        switch shown {
        case .nothing, .people: return .people
        case .everything: return nil
        case .ticket: return Identifier(request.parameter(0)).map { .ticket($0) } ?? .people
        case .ticketsOfUser: return Identifier(request.parameter(0)).map { .ticketsOfUser($0) } ?? .people
        case .fleet: return .fleet
        case .ownTickets:
            guard let user else { return nil }
            return user.role == .driver ? .ticketsOfUser(user.id) : .tickets
        case .inbox:
            guard let user else { return nil }
            return accounts.inboxScope(of: user.id)
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

    /// Nobody in particular asks for the metrics, so these requests wait in a line of their own.
    func metrics(_ request: APIRequest) throws(Refusal) -> Answer {
        try metricsAccess.check(request)
        if let known = metricsAccess.known(request.now) { return .response(known) }
        return try jobs.answer(
            status.metrics(request) { [metricsAccess] in metricsAccess.keep($0, $1) }, for: 0, showing: .people,
            request)
    }

    func status(_ request: APIRequest, _ user: User) throws(Refusal) -> Answer {
        try jobs.answer(try status.status(request, user), for: user.id, showing: .everything, request)
    }

    func report(_ request: APIRequest, _ user: User) throws(Refusal) -> Answer {
        let job = try ReportAPI(durable: tickets.durable).report(request, user)
        return try jobs.answer(job, for: user.id, showing: .everything, request)
    }

    func csv(_ request: APIRequest, _ user: User) throws(Refusal) -> Answer {
        let job = try ReportAPI(durable: tickets.durable).csv(request, user)
        return try jobs.answer(job, for: user.id, showing: .everything, request)
    }

    func sessions(_ request: APIRequest, _ user: User) throws(Refusal) -> Answer {
        try sessions(of: nil, request, user)
    }

    func sessionsOfUser(_ request: APIRequest, _ user: User) throws(Refusal) -> Answer {
        let id = try request.identifier()
        _ = try tickets.durable.desk.user(id, for: .user(user.id))
        return try sessions(of: id, request, user)
    }

    private func sessions(
        of id: Identifier?, _ request: APIRequest, _ user: User
    ) throws(Refusal) -> Answer {
        try accounts.requireAdmin(.user(user.id))
        let rows = SessionRows(of: id, for: .user(user.id), in: tickets.delivery)
        return try jobs.answer(
            ListJob(rows, in: tickets.durable.desk), for: user.id, showing: .everything, request)
    }

    func settings(_ request: APIRequest, _ user: User) throws(Refusal) -> Answer {
        try accounts.requireAdmin(.user(user.id))
        return .response(status.settings())
    }

    /// Each ticket counts toward the caller's changes.
    func changeTickets(_ request: APIRequest, _ user: User) throws(Refusal) -> Answer {
        let form = try BulkChangeForm(try request.changes())
        let job = BulkChangeJob(form, by: user, durable: tickets.durable, writeQuota: writeQuota)
        return try jobs.answer(job, for: user.id, showing: .everything, request)
    }

    func login(_ request: APIRequest) throws(Refusal) -> Answer { try accounts.login(request) }

    func refresh(_ request: APIRequest, _ user: User) throws(Refusal) -> Answer {
        .response(try accounts.refresh(request))
    }

    func logOut(_ request: APIRequest, _ user: User) throws(Refusal) -> Answer {
        let form = try LogoutForm(try request.json())
        // A stolen token must not use up the quota with which its user ends it. Signing out everywhere leaves no token
        // to repeat it with, so it needs no quota.
        if !form.isEverywhere { try writeQuota.spend(user, now: request.now) }
        return .response(try accounts.logOut(request, form))
    }

    func me(_ request: APIRequest, _ user: User) throws(Refusal) -> Answer {
        .response(.json { user.write(into: &$0) })
    }

    func updateMe(_ request: APIRequest, _ user: User) throws(Refusal) -> Answer {
        if case .set(let language) = try ProfilePatch(try request.changes()).language {
            try tickets.durable.execute(.changeLanguage(language), by: .user(user.id), now: request.now)
        }
        return try me(request, accounts.user(user.id) ?? user)
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
                HTTPResponse(status: .noContent, fields: ["Allow": "GET, HEAD, POST, PATCH, DELETE, OPTIONS"]),
                after: .nothing)
        }
        if let file = ServedFiles.answer(request) { return .response(file, after: .nothing) }
        let path = "/" + request.segments.joined(separator: "/")
        let sentence = "Cannot \(request.method.rawValue.uppercased()) \(path)"
        return .response(ErrorBody.response(.notFound, sentence), after: .nothing)
    }
}
