import Bytes
import Domain
import Gateway
import HTTP
import JSON

/// Tickets over REST.
struct TicketAPI {
    let durable: DurableDesk
    let delivery: Delivery

    private var desk: Desk { durable.desk }

    // MARK: One ticket

    func create(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let body = try request.json()
        let draft = try TicketDraft(body)
        let key = try request.idempotencyKey(for: body, in: IdempotencyKey.ticketScope)
        let (answer, event) = try durable.create(
            .createTicket(draft, key: nil), key: key, by: caller, now: request.now)
        var response = HTTPResponse.json(.created, answer.json)
        response.fields.append("Location", "/api/v1/support/\(answer.number)")
        // The repeated first answer has no tag: the ticket may have changed since, and its tag would name another
        // state.
        if let ticket = event?.ticket?.ticket {
            response.set(EntityTag(desk.entityTag(of: ticket)))
        }
        return response
    }

    func read(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let ticket = try desk.ticket(try request.identifier(), for: caller)
        let tag = EntityTag(desk.entityTag(of: ticket))
        switch ConditionalRequest.evaluate(request.request.fields, method: request.method, current: tag) {
        case .proceed: return response(with: ticket, tag)
        case .notModified: return .notModified(tag)
        case .preconditionFailed: throw .ticketChanged(tag)
        }
    }

    func update(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        try apply(try TicketPatch(try request.changes()), request, caller)
    }

    func updateStatus(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        try apply(try TicketPatch(statusBody: try request.json()), request, caller)
    }

    func updateRating(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        try apply(try TicketPatch(ratingBody: try request.json()), request, caller)
    }

    func delete(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let id = try request.identifier()
        try checkPreconditions(id, request, caller)
        let last = try durable.deleteTicket(id, by: caller, now: request.now)
        return .json { last.write(into: &$0) }
    }

    private func apply(
        _ patch: TicketPatch, _ request: APIRequest, _ caller: Caller
    ) throws(Refusal) -> HTTPResponse {
        let id = try request.identifier()
        try checkPreconditions(id, request, caller)
        try durable.updateTicket(id, patch, by: caller, now: request.now)
        let ticket = try desk.ticket(id, for: caller)
        return response(with: ticket, EntityTag(desk.entityTag(of: ticket)))
    }

    private func checkPreconditions(_ id: Identifier, _ request: APIRequest, _ caller: Caller) throws(Refusal) {
        let fields = request.request.fields
        guard fields.contains("If-Match") || fields.contains("If-None-Match") else { return }
        let ticket = try desk.ticket(id, for: caller)
        let tag = EntityTag(desk.entityTag(of: ticket))
        guard ConditionalRequest.evaluate(fields, method: request.method, current: tag) == .proceed
        else { throw .ticketChanged(tag) }
    }

    private func response(with ticket: Ticket, _ tag: EntityTag) -> HTTPResponse {
        var response = HTTPResponse.json { desk.write(ticket, into: &$0) }
        response.set(tag)
        return response
    }

    // MARK: Lists

    func list(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        TicketListJob(.all, try filter(request), caller, request, in: desk)
    }

    func listOfUser(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        TicketListJob(.ofUser(try request.identifier()), try filter(request), caller, request, in: desk)
    }

    func listAtStation(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        TicketListJob(.atStation(try request.identifier()), try filter(request), caller, request, in: desk)
    }

    func listWithStatus(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        var filter = try filter(request)
        filter.statuses = [try PathParameter.status(request.parameter(0))]
        return TicketListJob(.all, filter, caller, request, in: desk)
    }

    func count(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        TicketCountJob(try filter(request), caller, in: desk)
    }

    private func filter(_ request: APIRequest) throws(Refusal) -> TicketFilter {
        try TicketFilter(query: request.query, epoch: durable.epoch)
    }

    func statistics(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        StatisticsJob(caller, in: desk)
    }

    // MARK: Comments and history

    func comments(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        let id = try request.identifier()
        let rows = try desk.comments(of: id, for: caller).map { CommentRow(comment: $0, ticket: id) }
        return ListJob(FixedRows(rows), in: desk)
    }

    func addComment(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let id = try request.identifier()
        let body = try request.json()
        let draft = try CommentDraft(body)
        let key = try request.idempotencyKey(for: body, in: "support/\(id)/comments")
        let comment = Command.addComment(ticket: id, draft)
        return .json(.created, try durable.create(comment, key: key, by: caller, now: request.now).answer.json)
    }

    func history(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        ListJob(FixedRows(try desk.history(of: try request.identifier(), for: caller)), in: desk)
    }

    func receipts(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        let id = try request.identifier()
        let receipts = try desk.receipts(of: id, for: caller)
        let user = try desk.ticket(id, for: caller).userID
        let rows = receipts.map { receipt in
            let sent = delivery.sent(receipt.sequence, to: user)
            return ReceiptRow(receipt: receipt, isSent: sent.isSent, sentAt: sent.at, epoch: durable.epoch)
        }
        return ListJob(FixedRows(rows), in: desk)
    }
}

/// What is known of one notification to a ticket's user, as a row of the list.
struct ReceiptRow: ListedRow {
    let receipt: Receipt
    let isSent: Bool
    let sentAt: Timestamp?
    let epoch: String

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", NotificationID(epoch: epoch, sequence: receipt.sequence).text)
        writer.member("event", receipt.kind.eventName)
        writer.member("at", receipt.at)
        writer.member("sent", isSent || receipt.isReceived)
        writer.member("sent_at", sentAt)
        writer.member("received", receipt.isReceived)
        writer.member("received_at", receipt.receivedAt)
        writer.member("read", receipt.isRead)
        writer.member("read_at", receipt.readAt)
        writer.endObject()
    }
}

extension Refusal {
    /// The ticket is not in the state that `If-Match` names.
    static func ticketChanged(_ tag: EntityTag) -> Refusal {
        .preconditionFailed("The ticket has changed: its ETag is \(tag.text)")
    }
}
