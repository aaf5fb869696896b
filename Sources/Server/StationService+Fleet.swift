import Bytes
import Domain
import Gateway
import HTTP
import JSON
import Platform

/// The fleet over REST: for admins of the central server.
extension StationService {
    func answer(_ route: FleetRoute, _ context: RequestContext, _ caller: Caller) throws(Refusal) -> Answer {
        try mustBeAdmin(caller)
        if case .commands(let text) = route, context.method == .post {
            return try postCommand(try FleetRoute.stationID(text), context, caller)
        }
        return .response(try respond(to: route, context, caller))
    }

    private func respond(
        to route: FleetRoute, _ context: RequestContext, _ caller: Caller
    ) throws(Refusal) -> HTTPResponse {
        switch route {
        case .stations: listFleet()
        case .station(let text): try fleetMember(try FleetRoute.stationID(text))
        case .allTickets: try listFleetTickets(context)
        case .tickets(let text): try listFleetTickets(of: try FleetRoute.stationID(text), context)
        case .statistics(let text): try fleetStatistics(try FleetRoute.stationID(text))
        case .ticket(let station, let ticket): try fleetTicket(station, ticket, context, caller)
        case .ticketStatus(let station, let ticket):
            try command(
                try FleetCommandDraft(
                    updating: try PathParameter.identifier(ticket), statusBody: try context.json()), station, context,
                caller)
        case .comments(let station, let ticket): try fleetComments(station, ticket, context, caller)
        case .history(let station, let ticket): try fleetHistory(station, ticket)
        case .commands(let text): try listCommands(try FleetRoute.stationID(text))
        case .command(let text, let number):
            try fleetCommand(try FleetRoute.stationID(text), number, context, caller)
        case .sync, .syncEvents, .syncCommands: ErrorBody.response(.notFound, "Not Found")
        }
    }

    /// Decides a command for the fleet itself, stages its record and applies it, as `execute` does for the desk's.
    func execute(
        _ command: FleetAdministration, by caller: Caller, now: Moment
    ) throws(Refusal) -> Decision {
        let decision = try desk.decide(command, by: caller, epoch: epoch, now: now.wall)
        if case .event(let event) = decision { try stage(event, record: event.record()) }
        return decision
    }

    // MARK: Stations

    private func listFleet() -> HTTPResponse {
        .json { writer in
            writer.beginArray()
            for station in desk.fleetMembers { write(station, into: &writer) }
            writer.endArray()
        }
    }

    private func fleetMember(_ id: Identifier) throws(Refusal) -> HTTPResponse {
        guard let station = desk.fleetMember(id) else { throw .notFound("Station not found") }
        return .json { write(station, into: &$0) }
    }

    func write(_ station: FleetMember, into writer: inout JSONWriter) {
        var object = JSONObject()
        desk.write(station, into: &object)
        let contact = fleetTraffic.contacts[station.id]
        object["last_contact"] = contact.map { .string($0.at.iso8601) } ?? .null
        if let offset = contact?.offsetSeconds { object["clock_offset_seconds"] = .integer(offset) }
        writer.object(object)
    }

    // MARK: Tickets

    private func listFleetTickets(of station: Identifier, _ context: RequestContext) throws(Refusal) -> HTTPResponse {
        let filter = try TicketFilter(query: context.query, epoch: epoch)
        return response(with: try desk.fleetTickets(of: station, filter), context)
    }

    private func listFleetTickets(_ context: RequestContext) throws(Refusal) -> HTTPResponse {
        let filter = try TicketFilter(query: context.query.filter { $0.name != "cursor" }, epoch: epoch)
        var cursor: FleetCursor?
        if let text = context.request.query["cursor"] { cursor = try FleetCursor(text) }
        return response(with: desk.fleetTickets(filter, behind: cursor), context)
    }

    private func response(with page: FleetTicketPage, _ context: RequestContext) -> HTTPResponse {
        let response = HTTPResponse.json { writer in
            writer.beginArray()
            for ticket in page.tickets { ticket.write(into: &writer) }
            writer.endArray()
        }
        return paged(response, totalCount: page.totalCount, next: page.next, context)
    }

    private func fleetStatistics(_ station: Identifier) throws(Refusal) -> HTTPResponse {
        let statistics = try desk.fleetStatistics(of: station)
        return .json { statistics.write(into: &$0) }
    }

    private func fleetTicket(
        _ station: String, _ text: String, _ context: RequestContext, _ caller: Caller
    ) throws(Refusal) -> HTTPResponse {
        let id = try PathParameter.identifier(text)
        switch context.method {
        case .patch:
            return try command(try FleetCommandDraft(updating: id, try context.json()), station, context, caller)
        case .delete: return try command(FleetCommandDraft(deleting: id), station, context, caller)
        default:
            let ticket = try desk.fleetTicket(id, of: try FleetRoute.stationID(station))
            let tag = Self.tag(of: ticket)
            switch ConditionalRequest.evaluate(context.request.fields, method: context.method, current: tag) {
            case .proceed:
                var response = HTTPResponse.json { ticket.write(into: &$0) }
                response.fields.set("ETag", tag.text)
                return response
            case .notModified: return HTTPResponse(status: .notModified, fields: ["ETag": tag.text])
            case .preconditionFailed: throw Self.preconditionFailed(tag)
            }
        }
    }

    private static func tag(of ticket: FleetTicket) -> EntityTag { EntityTag("f\(ticket.documentSequence)") }

    private func fleetComments(
        _ station: String, _ text: String, _ context: RequestContext, _ caller: Caller
    ) throws(Refusal) -> HTTPResponse {
        let id = try PathParameter.identifier(text)
        if context.method == .post {
            return try command(try FleetCommandDraft(commenting: id, try context.json()), station, context, caller)
        }
        let ticket = try desk.fleetTicket(id, of: try FleetRoute.stationID(station))
        return .json { writer in
            writer.beginArray()
            for comment in ticket.comments { comment.write(ticket: id, into: &writer) }
            writer.endArray()
        }
    }

    private func fleetHistory(_ station: String, _ text: String) throws(Refusal) -> HTTPResponse {
        let ticket = try desk.fleetTicket(
            try PathParameter.identifier(text), of: try FleetRoute.stationID(station))
        return .json { ticket.writeHistory(into: &$0) }
    }

    // MARK: Commands

    private func postCommand(
        _ station: Identifier, _ context: RequestContext, _ caller: Caller
    ) throws(Refusal) -> Answer {
        var draft = try FleetCommandDraft(try context.json())
        guard let password = draft.password else {
            return .response(
                try queue(draft, for: station, by: caller, through: context.loop, now: context.now))
        }
        // Refused now if it will be refused anyway.
        draft.password = nil
        _ = try desk.decide(.queue(station, draft), by: caller, epoch: epoch, now: context.now.wall)
        return try enqueue(
            .hashPassword(password: password),
            for: .queueCommand(exchange: context.exchange, caller: caller, station: station, draft: draft), context)
    }

    /// Queues what is asked of a ticket that is here. A command that is posted as such asks no such thing: the station
    /// may have tickets that it has not told of yet.
    ///
    /// Its preconditions are judged by the ticket as it is here: what the station has changed since, it may yet refuse.
    private func command(
        _ draft: FleetCommandDraft, _ station: String, _ context: RequestContext, _ caller: Caller
    ) throws(Refusal) -> HTTPResponse {
        let id = try FleetRoute.stationID(station)
        let ticket = try desk.fleetTicket(draft.ticket, of: id)
        if context.method != .post {
            let tag = Self.tag(of: ticket)
            guard ConditionalRequest.evaluate(context.request.fields, method: context.method, current: tag) == .proceed
            else { throw Self.preconditionFailed(tag) }
        }
        return try queue(draft, for: id, by: caller, through: context.loop, now: context.now)
    }

    /// Queues a command and answers 202: what comes of it is the station's to say.
    func queue(
        _ draft: FleetCommandDraft, for station: Identifier, by caller: Caller, through loop: EventLoop, now: Moment
    ) throws(Refusal) -> HTTPResponse {
        guard case .event(let event) = try execute(.queue(station, draft), by: caller, now: now),
            case .fleet(.commandQueued(let command)) = event.change
        else { throw .conflict("The command was not queued") }
        answerWaiters(of: station, through: loop)
        var response = HTTPResponse.json(.accepted) { writer in
            writer.beginObject()
            writer.member("command_id", command.id)
            writer.member("number", command.number)
            writer.member("status", "waiting")
            writer.endObject()
        }
        response.fields.set("Location", "/api/v1/stations/\(station)/commands/\(command.number)")
        return response
    }

    private func listCommands(_ station: Identifier) throws(Refusal) -> HTTPResponse {
        let commands = try desk.fleetCommands(of: station)
        return .json { writer in
            writer.beginArray()
            for command in commands { command.write(into: &writer) }
            writer.endArray()
        }
    }

    /// GET of a command, or DELETE, which cancels it: what the station has taken already it may still do.
    private func fleetCommand(
        _ station: Identifier, _ text: String, _ context: RequestContext, _ caller: Caller
    ) throws(Refusal) -> HTTPResponse {
        _ = try PathParameter.identifier(text)
        let number = Decimal.parse(text) ?? 0
        if context.method == .delete { _ = try execute(.cancel(station, number), by: caller, now: context.now) }
        let command = try desk.fleetCommand(number, of: station)
        return .json { command.write(into: &$0) }
    }

    /// `fleet:command:finished`, to the one who gave the command.
    func tellOfFinishedCommands(through loop: EventLoop) {
        let finished = fleetTraffic.finished
        guard !finished.isEmpty else { return }
        fleetTraffic.finished.removeAll()
        for command in finished {
            guard let user = command.by.userID else { continue }
            let own = subscribers.subscribers(of: user)
            guard !own.isEmpty else { continue }
            var object: JSONObject = [
                "command_id": .string(command.id), "station_id": .integer(Int64(command.station)),
                "type": .string(command.kind.rawValue),
            ]
            command.outcome?.writeMembers(into: &object)
            let event = EncodedEvent("fleet:command:finished", data: object.encoded())
            for subscriber in own { send(event, to: subscriber, through: loop) }
        }
    }

    // MARK: For the machine's owner

    /// The control routes below `/control/v1/fleet`.
    func controlFleet(
        _ method: HTTPMethod, _ segments: [String], _ body: JSONObject, now: Moment
    ) throws(Refusal) -> HTTPResponse {
        guard configuration.isCentral else {
            throw .conflict("This is no central server: central.enabled is false in its configuration")
        }
        switch (method, segments.count) {
        case (.get, 0): return listFleet()
        case (.post, 0):
            guard let number = body["station_id"]?.integerValue, let id = Identifier(exactly: number) else {
                throw .badRequest("station_id must be a number from 1 to \(FleetLimits.stationIDMax)")
            }
            let name = body["name"]?.stringValue
            guard name.map({ $0.unicodeScalars.count <= FleetLimits.stationNameMax }) ?? true else {
                throw .badRequest("name must be at most \(FleetLimits.stationNameMax) characters")
            }
            let digest = try Self.tokenDigest(in: body)
            return try administer(.addStation(id, name: name, tokenDigest: digest), id, .created, now)
        case (.put, 2) where segments[1] == "token":
            let id = try FleetRoute.stationID(segments[0])
            return try administer(.renewToken(id, tokenDigest: try Self.tokenDigest(in: body)), id, .ok, now)
        case (.delete, 1):
            let id = try FleetRoute.stationID(segments[0])
            let isPurge = body["purge"]?.boolValue == true
            // What is removed already can still be purged.
            if isPurge, desk.fleetMember(id)?.isRemoved == true { return try purge(id, now) }
            let removed = try administer(.removeStation(id), id, .ok, now)
            return isPurge ? try purge(id, now) : removed
        default: throw .notFound("There is nothing here")
        }
    }

    private func administer(
        _ command: FleetAdministration, _ id: Identifier, _ status: HTTPStatus, _ now: Moment
    ) throws(Refusal) -> HTTPResponse {
        _ = try execute(command, by: .operator, now: now)
        guard let station = desk.fleetMember(id) else { throw .notFound("Station not found") }
        return .json(status) { write(station, into: &$0) }
    }

    private func purge(_ id: Identifier, _ now: Moment) throws(Refusal) -> HTTPResponse {
        for change in desk.fleetPurge(of: id) {
            let event = desk.fleetEvent(change, by: .operator, now: now.wall)
            try stage(event, record: event.record())
        }
        guard let station = desk.fleetMember(id) else { throw .notFound("Station not found") }
        return .json { write(station, into: &$0) }
    }

    private static func tokenDigest(in body: JSONObject) throws(Refusal) -> String {
        guard let text = body["token_sha256"]?.stringValue, text.utf8.count == 64, Hex.decode(text.utf8) != nil else {
            throw .badRequest("token_sha256 must be 64 hexadecimal digits")
        }
        return ASCII.lowercased(text)
    }
}
