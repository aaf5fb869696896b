import Bytes
import Domain
import Gateway
import HTTP
import JSON
import Platform
import Store

/// The fleet over REST: for admins of the central server.
///
/// Requests to read are answered from the state here. A change becomes a command to the member, which reports the
/// outcome.
final class FleetAPI {
    private let durable: DurableDesk
    private let accounts: Accounts
    private let central: CentralRole
    private let contacts: MemberContacts
    /// The number of the last command signed for another way.
    private var lastSigned: UInt64 = 0

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

    // MARK: The key of commands

    /// What belongs into the setting `upstream.command_key` of a member. It is for the machine's owner only.
    func commandKey(of id: Identifier) throws(Refusal) -> HTTPResponse {
        let (signer, member) = try signing(for: id)
        return .json { writer in
            writer.beginObject()
            writer.member("command_key", signer.commandKey(of: member).text)
            writer.endObject()
        }
    }

    /// Signs a command that reaches its member in another way than through this server: `{epoch, type, data}`, with the
    /// member's epoch. Its number is the time, in microseconds.
    func sign(_ body: JSONObject, for id: Identifier, now: Moment) throws(Refusal) -> HTTPResponse {
        let (signer, member) = try signing(for: id)
        guard let epoch = body["epoch"]?.stringValue, StationFile.isValid(epoch: epoch) else {
            throw .badRequest("epoch must be the station's: 1 to 64 letters, digits, - and _")
        }
        guard let kind = body["type"]?.stringValue.flatMap(FleetCommand.Kind.init) else {
            let kinds = FleetCommand.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badRequest("type must be one of \(kinds)")
        }
        guard let data = body["data"]?.objectValue else { throw .badRequest("data must be a JSON object") }
        guard data["password"] == nil else { throw .badRequest("data must have password_hash in place of password") }
        let micros = now.wall.milliseconds.multipliedReportingOverflow(by: 1_000)
        lastSigned = max(lastSigned &+ 1, UInt64(clamping: micros.overflow ? 0 : micros.partialValue))
        let number = NotificationID(epoch: "\(durable.epoch)-signed", sequence: lastSigned)
        let command = signer.signed(number.text, kind, data, for: member, epoch: epoch)
        return .json { writer in
            writer.beginObject()
            // As text, because the signature covers these bytes.
            writer.member("command", String(decoding: command, as: UTF8.self))
            writer.endObject()
        }
    }

    private func signing(for id: Identifier) throws(Refusal) -> (CommandSigner, FleetMember) {
        guard let member = desk.fleetMember(id) else { throw .notFound("Station not found") }
        guard !member.isRemoved else { throw .conflict("Station \(id) was removed from the fleet: add it again") }
        guard let signer = central.signer else { throw .conflict("This server has no key to sign commands with") }
        return (signer, member)
    }

    // MARK: Tickets

    func tickets(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        let filter = try filter(request.query)
        return FleetTicketListJob(.ofMember(try request.member()), filter, request, in: desk)
    }

    func allTickets(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        let filter = try filter(request.query.filter { $0.name != "cursor" })
        var cursor: FleetCursor?
        if let text = request.request.query["cursor"] { cursor = try FleetCursor(text) }
        return FleetTicketListJob(.all(after: cursor), filter, request, in: desk)
    }

    /// The tickets of a fleet have one order.
    private func filter(_ query: [(name: String, value: String)]) throws(Refusal) -> TicketFilter {
        let filter = try TicketFilter(query: query, epoch: durable.epoch)
        guard filter.order == .newest else { throw .invalid(["sort must be newest in lists of a fleet's tickets"]) }
        return filter
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

    func comments(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        let id = try request.identifier(1)
        let rows = try knownTicket(request).comments.map { CommentRow(comment: $0, ticket: id) }
        return ListJob(FixedRows(rows), in: desk)
    }

    func history(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        ListJob(FixedRows(try knownTicket(request).history), in: desk)
    }

    // MARK: Changes of tickets

    func updateTicket(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let id = try request.identifier(1)
        let body = try request.changes()
        return try queue(try FleetCommandDraft(updating: id, body), body, request, caller)
    }

    func updateStatus(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let id = try request.identifier(1)
        let body = try request.json()
        return try queue(try FleetCommandDraft(updating: id, statusBody: body), body, request, caller)
    }

    func deleteTicket(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        try queue(FleetCommandDraft(deleting: try request.identifier(1)), .null, request, caller)
    }

    func addComment(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let id = try request.identifier(1)
        let body = try request.json()
        return try queue(try FleetCommandDraft(commenting: id, body), body, request, caller)
    }

    /// Queues a change of a ticket that is known here. Only commands posted as such may name an unknown ticket: the
    /// member may have tickets that it has not reported yet.
    ///
    /// Preconditions are judged by the ticket as it is here. If the member has changed it since, it may still refuse.
    @inline(never)
    private func queue(
        _ draft: FleetCommandDraft, _ body: JSONValue, _ request: APIRequest, _ caller: Caller
    ) throws(Refusal) -> Answer {
        let member = try request.member()
        var draft = draft
        draft.key = try request.idempotencyKey(
            for: body, in: "stations/\(member)/support/\(draft.ticket)/\(draft.kind.rawValue)")
        // What was answered before is answered again, whatever has become of the ticket.
        if try durable.desk(at: request.now).firstAnswer(to: draft.key, by: caller) == nil {
            let ticket = try desk.fleetTicket(draft.ticket, of: member)
            try checkPreconditions(of: ticket, request)
        }
        return .response(
            try central.queue(draft, for: member, by: caller, through: request.loop, now: request.now))
    }

    @inline(never)
    private func checkPreconditions(of ticket: FleetTicket, _ request: APIRequest) throws(Refusal) {
        guard request.method != .post else { return }
        let tag = Self.tag(of: ticket)
        guard ConditionalRequest.evaluate(request.request.fields, method: request.method, current: tag) == .proceed
        else { throw .ticketChanged(tag) }
    }

    // MARK: Commands

    func postCommand(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let member = try request.member()
        let body = try request.json()
        var draft = try FleetCommandDraft(body)
        draft.key = try request.idempotencyKey(for: body, in: "stations/\(member)/commands")
        guard let password = draft.password else {
            return .response(
                try central.queue(draft, for: member, by: caller, through: request.loop, now: request.now))
        }
        // A command that the member is bound to refuse is refused now.
        draft.password = nil
        let decision = try durable.desk(at: request.now).decideQueueing(
            draft, for: member, by: caller, epoch: durable.epoch, now: request.now.wall)
        if case .repeated = decision {
            return .response(
                try central.queue(draft, for: member, by: caller, through: request.loop, now: request.now))
        }
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
