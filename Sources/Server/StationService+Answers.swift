import Bytes
import Domain
import Gateway
import HTTP
import JSON
import Platform

/// From a request to its answer: the route, the caller, and the errors' shape.
extension StationService {
    public func answer(
        _ request: HTTPRequest, from exchange: Exchange, through loop: EventLoop, now: Moment
    ) -> Answer {
        if exchange.isControl { return .response(control(request, now: now)) }
        guard let route = Route(request.segments, isCentral: configuration.isCentral) else {
            return answerBesideRoutes(request)
        }
        if request.method == .options {
            return .response(HTTPResponse(status: .noContent, fields: ["Allow": route.allow]))
        }
        let method = request.method == .head ? .get : request.method
        guard route.methods.contains(method) else {
            var response = ErrorBody.response(.methodNotAllowed, "Method Not Allowed")
            response.fields.set("Allow", route.allow)
            return .response(response)
        }
        do throws(Refusal) {
            let context = RequestContext(
                request: request, method: method, exchange: exchange, loop: loop, now: now)
            guard route.needsToken else { return try answerAnyone(route, context) }
            let user = try authenticate(request.fields.bytes("Authorization"), now: now)
            return try answer(route, context, user)
        } catch {
            return .response(Self.response(to: error))
        }
    }

    /// The WebSocket, the files, and what is not there.
    private func answerBesideRoutes(_ request: HTTPRequest) -> Answer {
        if let webSocket = notificationsUpgrade(request) { return webSocket }
        if request.path == "*" {
            return .response(
                HTTPResponse(status: .noContent, fields: ["Allow": "GET, HEAD, POST, PATCH, DELETE, OPTIONS"]))
        }
        if let file = Self.file(for: request) { return .response(file) }
        let path = "/" + request.segments.joined(separator: "/")
        return .response(ErrorBody.response(.notFound, "Cannot \(request.method.rawValue.uppercased()) \(path)"))
    }

    private func answerAnyone(_ route: Route, _ context: RequestContext) throws(Refusal) -> Answer {
        switch route {
        case .login: try login(context)
        case .health: .response(HTTPResponse.json(.ok, Array(#"{"status":"ok"}"#.utf8)))
        case .readiness: .response(readiness())
        case .fleet(let route): answerStation(route, context)
        default: .response(metrics(context))
        }
    }

    private func answer(_ route: Route, _ context: RequestContext, _ user: User) throws(Refusal) -> Answer {
        let caller = Caller.user(user.id)
        switch route {
        case .ownPassword: return try changePassword(context, user)
        case .users where context.method == .post: return try createUser(context, caller)
        case .user(let id) where context.method == .patch: return try updateUser(id, context, caller)
        case .fleet(let route): return try answer(route, context, caller)
        default: return .response(try respond(to: route, context, user, caller))
        }
    }

    private func respond(
        to route: Route, _ context: RequestContext, _ user: User, _ caller: Caller
    ) throws(Refusal) -> HTTPResponse {
        switch route {
        case .refresh: tokenResponse(for: user, now: context.now)
        case .me: .json { user.write(into: &$0) }
        case .tickets: try context.method == .post ? createTicket(context, caller) : listTickets(context, caller)
        case .statistics: try statistics(caller)
        case .ticket(let id): try ticket(id, context, caller)
        case .ticketStatus(let id):
            try updateTicket(id, try TicketPatch(statusBody: try context.json()), context, caller)
        case .ticketRating(let id):
            try updateTicket(id, try TicketPatch(ratingBody: try context.json()), context, caller)
        case .comments(let id): try comments(id, context, caller)
        case .history(let id): try history(id, caller)
        case .userTickets(let id): try listTickets(ofUser: id, context, caller)
        case .stationTickets(let id): try listTickets(atStation: id, context, caller)
        case .statusTickets(let status): try listTickets(withStatus: status, context, caller)
        case .notifications: try listNotifications(context, caller)
        case .unreadCount: try unreadCount(context, caller)
        case .readAll: try readAll(context, caller)
        case .notification(let id): try readNotification(id, context, caller)
        case .users: try listUsers(caller)
        case .user(let id): try userResponse(id, context, caller)
        case .stations: try stations(context, caller)
        case .station(let id): try station(id, context, caller)
        case .status: try status(context, user)
        case .login, .ownPassword, .health, .readiness, .metrics, .fleet: ErrorBody.response(.notFound, "Not Found")
        }
    }

    /// The error's answer in the shape that clients know.
    static func response(to refusal: Refusal) -> HTTPResponse {
        let status = HTTPStatus(rawValue: refusal.statusCode)
        var response: HTTPResponse
        if case .invalid(let sentences) = refusal {
            response = ErrorBody.response(status, sentences)
        } else {
            response = ErrorBody.response(status, refusal.sentences.first ?? refusal.error)
        }
        if case .tooMany(_, let seconds) = refusal { response.fields.set("Retry-After", String(seconds)) }
        if case .insufficientStorage = refusal { response.fields.set("Retry-After", "30") }
        if case .unauthorized(let sentence) = refusal {
            // Clients know the word; the reason stands where RFC 6750, section 3, has it.
            let parts = sentence.split(separator: ":", maxSplits: 1)
            var challenge = "Bearer"
            if parts.count == 2, parts[0] == "Unauthorized" {
                response = ErrorBody.response(status, "Unauthorized")
                challenge += " error=\"invalid_token\", error_description=\"\(parts[1].dropFirst())\""
            }
            response.fields.set("WWW-Authenticate", challenge)
        }
        return response
    }
}

/// A request and what it arrived with.
struct RequestContext {
    let request: HTTPRequest
    /// The method; GET for HEAD.
    let method: HTTPMethod
    let exchange: Exchange
    let loop: EventLoop
    let now: Moment

    private static let depthMax = 16

    /// The body as JSON. An empty one is an empty object: then the faults name what is missing.
    func json() throws(Refusal) -> JSONValue {
        if request.body.isEmpty { return .object(JSONObject()) }
        var limits = JSONLimits()
        limits.depthMax = Self.depthMax
        do {
            return try JSONParser.parse(request.body, limits: limits)
        } catch {
            throw .badRequest("The body is not valid JSON: \(error)")
        }
    }

    /// The query as names and values.
    var query: [(name: String, value: String)] { request.query.items.map { ($0.name, $0.value) } }
}

extension HTTPResponse {
    /// An answer of the JSON that `write` writes.
    static func json(_ status: HTTPStatus = .ok, _ write: (inout JSONWriter) -> Void) -> HTTPResponse {
        // A ticket with its user and station has less than that mostly.
        var writer = JSONWriter(capacity: 1024)
        write(&writer)
        return .json(status, writer.bytes)
    }
}
