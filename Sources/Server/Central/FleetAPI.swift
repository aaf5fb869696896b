import Bytes
import Domain
import Gateway
import HTTP
import JSON
import Platform

/// The fleet over REST: for admins of the central server.
///
/// Requests to read are answered from the state here. A change becomes a command to the member, which reports the
/// outcome.
final class FleetAPI {
    private let durable: DurableDesk
    private let accounts: Accounts
    private let central: CentralRole
    private let contacts: MemberContacts

    init(durable: DurableDesk, accounts: Accounts, central: CentralRole, contacts: MemberContacts) {
        self.durable = durable
        self.accounts = accounts
        self.central = central
        self.contacts = contacts
    }

    private var desk: Desk { durable.desk }

    // MARK: Members

    func list(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer { .response(members()) }

    func read(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        .response(try response(with: try request.member()))
    }

    /// All members, for callers whose access was checked before.
    func members() -> HTTPResponse {
        .json { writer in
            writer.beginArray()
            for member in desk.fleetMembers { write(member, into: &writer) }
            writer.endArray()
        }
    }

    /// One member, for callers whose access was checked before.
    func response(with id: Identifier, _ status: HTTPStatus = .ok) throws(Refusal) -> HTTPResponse {
        guard let member = desk.fleetMember(id) else { throw .notFound("Station not found") }
        return .json(status) { write(member, into: &$0) }
    }

    private func write(_ member: FleetMember, into writer: inout JSONWriter) {
        var object = JSONObject()
        desk.write(member, into: &object)
        let contact = contacts.contact(of: member.id)
        object["last_contact"] = contact.map { .string($0.at.iso8601) } ?? .null
        if let offset = contact?.offsetSeconds { object["clock_offset_seconds"] = .integer(offset) }
        writer.object(object)
    }

    // MARK: Tickets

    func tickets(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        let filter = try TicketFilter(query: request.query, epoch: durable.epoch)
        return FleetTicketListJob(.ofMember(try request.member()), filter, request, in: desk)
    }

    func allTickets(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        let filter = try TicketFilter(query: request.query.filter { $0.name != "cursor" }, epoch: durable.epoch)
        var cursor: FleetCursor?
        if let text = request.request.query["cursor"] { cursor = try FleetCursor(text) }
        return FleetTicketListJob(.all(after: cursor), filter, request, in: desk)
    }

    func statistics(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let statistics = try desk.fleetStatistics(of: try request.member())
        return .response(.json { statistics.write(into: &$0) })
    }

    func ticket(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let ticket = try knownTicket(request)
        let tag = Self.tag(of: ticket)
        switch ConditionalRequest.evaluate(request.request.fields, method: request.method, current: tag) {
        case .proceed:
            var response = HTTPResponse.json { ticket.write(into: &$0) }
            response.set(tag)
            return .response(response)
        case .notModified: return .response(.notModified(tag))
        case .preconditionFailed: throw .ticketChanged(tag)
        }
    }

    /// The ticket of a path with a member and a ticket.
    private func knownTicket(_ request: APIRequest) throws(Refusal) -> FleetTicket {
        let id = try request.identifier(1)
        return try desk.fleetTicket(id, of: try request.member())
    }

    private static func tag(of ticket: FleetTicket) -> EntityTag { EntityTag("f\(ticket.documentSequence)") }

    func comments(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let id = try request.identifier(1)
        let ticket = try knownTicket(request)
        let response = HTTPResponse.json { writer in
            writer.beginArray()
            for comment in ticket.comments { comment.write(ticket: id, into: &writer) }
            writer.endArray()
        }
        return .response(response)
    }

    func history(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let ticket = try knownTicket(request)
        return .response(.json { ticket.writeHistory(into: &$0) })
    }

    // MARK: Changes of tickets

    func updateTicket(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let id = try request.identifier(1)
        return try queue(try FleetCommandDraft(updating: id, try request.changes()), request, caller)
    }

    func updateStatus(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let id = try request.identifier(1)
        return try queue(try FleetCommandDraft(updating: id, statusBody: try request.json()), request, caller)
    }

    func deleteTicket(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        try queue(FleetCommandDraft(deleting: try request.identifier(1)), request, caller)
    }

    func addComment(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let id = try request.identifier(1)
        return try queue(try FleetCommandDraft(commenting: id, try request.json()), request, caller)
    }

    /// Queues a change of a ticket that is known here. Only commands posted as such may name an unknown ticket: the
    /// member may have tickets that it has not reported yet.
    ///
    /// Preconditions are judged by the ticket as it is here. If the member has changed it since, it may still refuse.
    private func queue(
        _ draft: FleetCommandDraft, _ request: APIRequest, _ caller: Caller
    ) throws(Refusal) -> Answer {
        let member = try request.member()
        let ticket = try desk.fleetTicket(draft.ticket, of: member)
        if request.method != .post {
            let tag = Self.tag(of: ticket)
            guard ConditionalRequest.evaluate(request.request.fields, method: request.method, current: tag) == .proceed
            else { throw .ticketChanged(tag) }
        }
        return .response(
            try central.queue(draft, for: member, by: caller, through: request.loop, now: request.now))
    }

    // MARK: Commands

    func postCommand(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let member = try request.member()
        var draft = try FleetCommandDraft(try request.json())
        guard let password = draft.password else {
            return .response(
                try central.queue(draft, for: member, by: caller, through: request.loop, now: request.now))
        }
        // A command that the member is bound to refuse is refused now.
        draft.password = nil
        _ = try desk.decideQueueing(draft, for: member, by: caller, epoch: durable.epoch, now: request.now.wall)
        return try accounts.hashPassword(password, for: draft, member: member, request, by: caller)
    }

    func commands(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let commands = try desk.fleetCommands(of: try request.member())
        let response = HTTPResponse.json { writer in
            writer.beginArray()
            for command in commands { command.write(into: &writer) }
            writer.endArray()
        }
        return .response(response)
    }

    func command(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let (member, number) = try place(of: request)
        let command = try desk.fleetCommand(number, of: member)
        return .response(.json { command.write(into: &$0) })
    }

    /// Cancels a waiting command. A member that has received it already may still carry it out.
    func cancelCommand(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let (member, number) = try place(of: request)
        try durable.administer(.cancel(member, number), by: caller, now: request.now)
        return try command(request, caller)
    }

    private func place(of request: APIRequest) throws(Refusal) -> (member: Identifier, number: UInt64) {
        let member = try request.member()
        let text = request.parameter(1)
        _ = try PathParameter.identifier(text)
        return (member, Decimal.parse(text) ?? 0)
    }
}
