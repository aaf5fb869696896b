import Bytes
import Crypto
import Domain
import HTTP
import JSON

/// Tickets over REST.
extension StationService {
    // MARK: One ticket

    func createTicket(_ context: RequestContext, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let draft = try TicketDraft(try context.json())
        var key: IdempotencyKey?
        if let text = context.request.fields["Idempotency-Key"] {
            key = try IdempotencyKey(key: text, digest: Hex.encode(SHA256.hash(context.request.body)))
        }
        let (decision, text) = try executeForAnswer(.createTicket(draft, key: key), by: caller, now: context.now)
        var response: HTTPResponse
        let ticket: Ticket
        switch decision {
        case .event(let event):
            guard let created = event.ticket, let text else { throw .notFound("Support ticket not found") }
            ticket = created.ticket
            response = .json(text, status: .created)
            response.fields.set("ETag", EntityTag(withDesk { $0.entityTag(of: ticket) }).text)
        case .repeated(let first):
            // The first answer given again has no tag: the ticket may have changed since, and its tag would be of
            // another state.
            ticket = first.ticket
            response = .json(.created) { first.write(into: &$0) }
        case .unchanged: throw .notFound("Support ticket not found")
        }
        response.fields.set("Location", "/api/v1/support/\(ticket.id)")
        return response
    }

    func ticket(_ text: String, _ context: RequestContext, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        switch context.method {
        case .patch: return try updateTicket(text, try TicketPatch(try context.json()), context, caller)
        case .delete:
            let id = try PathParameter.identifier(text)
            try checkPreconditions(id, context, caller)
            let decision = try execute(.deleteTicket(id), by: caller, now: context.now)
            guard case .event(let event) = decision, let last = event.ticket else {
                throw .notFound("Support ticket not found")
            }
            return .json { last.write(into: &$0) }
        default:
            let id = try PathParameter.identifier(text)
            return try withDesk { (desk) throws(Refusal) in
                let ticket = try desk.ticket(id, for: caller)
                let tag = EntityTag(desk.entityTag(of: ticket))
                switch ConditionalRequest.evaluate(context.request.fields, method: context.method, current: tag) {
                case .proceed: return Self.response(with: ticket, tag, at: &desk)
                case .notModified: return HTTPResponse(status: .notModified, fields: ["ETag": tag.text])
                case .preconditionFailed: throw Self.preconditionFailed(tag)
                }
            }
        }
    }

    func updateTicket(
        _ text: String, _ patch: TicketPatch, _ context: RequestContext, _ caller: Caller
    ) throws(Refusal) -> HTTPResponse {
        let id = try PathParameter.identifier(text)
        try checkPreconditions(id, context, caller)
        _ = try execute(.updateTicket(id, patch), by: caller, now: context.now)
        return try withDesk { (desk) throws(Refusal) in
            let ticket = try desk.ticket(id, for: caller)
            return Self.response(with: ticket, EntityTag(desk.entityTag(of: ticket)), at: &desk)
        }
    }

    private func checkPreconditions(
        _ id: Identifier, _ context: RequestContext, _ caller: Caller
    ) throws(Refusal) {
        guard context.request.fields.contains("If-Match") || context.request.fields.contains("If-None-Match") else {
            return
        }
        let ticket = try desk.ticket(id, for: caller)
        let tag = EntityTag(desk.entityTag(of: ticket))
        guard ConditionalRequest.evaluate(context.request.fields, method: context.method, current: tag) == .proceed
        else { throw Self.preconditionFailed(tag) }
    }

    static func preconditionFailed(_ tag: EntityTag) -> Refusal {
        .preconditionFailed("The ticket has changed: its ETag is \(tag.text)")
    }

    private static func response(with ticket: Ticket, _ tag: EntityTag, at desk: inout Desk) -> HTTPResponse {
        var response = HTTPResponse.json { desk.write(ticket, into: &$0) }
        response.fields.set("ETag", tag.text)
        return response
    }

    // MARK: Lists

    func listTickets(_ context: RequestContext, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        page(try desk.tickets(try TicketFilter(query: context.query, epoch: epoch), for: caller), context)
    }

    func listTickets(ofUser text: String, _ context: RequestContext, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let id = try PathParameter.identifier(text)
        return page(
            try desk.tickets(ofUser: id, try TicketFilter(query: context.query, epoch: epoch), for: caller), context)
    }

    func listTickets(
        atStation text: String, _ context: RequestContext, _ caller: Caller
    ) throws(Refusal) -> HTTPResponse {
        let id = try PathParameter.identifier(text)
        return page(
            try desk.tickets(atStation: id, try TicketFilter(query: context.query, epoch: epoch), for: caller), context)
    }

    func listTickets(
        withStatus text: String, _ context: RequestContext, _ caller: Caller
    ) throws(Refusal) -> HTTPResponse {
        var filter = try TicketFilter(query: context.query, epoch: epoch)
        filter.status = try PathParameter.status(text)
        return page(try desk.tickets(filter, for: caller), context)
    }

    private func page(_ page: TicketPage, _ context: RequestContext) -> HTTPResponse {
        let response = HTTPResponse.json { writer in
            writer.beginArray()
            for ticket in page.tickets { desk.write(ticket, into: &writer) }
            writer.endArray()
        }
        return paged(response, totalCount: page.totalCount, next: page.next, context)
    }

    /// The answer with how much there is on all pages, and where the next page is.
    func paged(
        _ response: HTTPResponse, totalCount: Int, next: String?, _ context: RequestContext
    ) -> HTTPResponse {
        var response = response
        response.fields.set("X-Total-Count", String(totalCount))
        if let next {
            var query = context.request.query
            query.items.removeAll { $0.name == "cursor" }
            query.append("cursor", next)
            let target = "\(context.request.path)?\(query.encoded)"
            response.fields.set("Link", LinkField.value(target: target, relation: "next"))
        }
        return response
    }

    func statistics(_ caller: Caller) throws(Refusal) -> HTTPResponse {
        let statistics = try desk.statistics(for: caller)
        return .json { statistics.write(into: &$0) }
    }

    // MARK: Comments and history

    func comments(_ text: String, _ context: RequestContext, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let id = try PathParameter.identifier(text)
        guard context.method == .post else {
            let comments = try desk.comments(of: id, for: caller)
            return .json { writer in
                writer.beginArray()
                for comment in comments { comment.write(ticket: id, into: &writer) }
                writer.endArray()
            }
        }
        let draft = try CommentDraft(try context.json())
        let decision = try execute(.addComment(ticket: id, draft), by: caller, now: context.now)
        guard case .event(let event) = decision, case .ticketCommented(_, _, _, let comment) = event.change else {
            throw .notFound("Support ticket not found")
        }
        return .json(.created) { comment.write(ticket: id, into: &$0) }
    }

    func history(_ text: String, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        var writer = JSONWriter()
        try desk.writeHistory(of: try PathParameter.identifier(text), for: caller, into: &writer)
        return .json(.ok, writer.bytes)
    }
}
