import Bytes

/// Commands that create, change and delete tickets and comments.
extension Desk {
    func createTicket(
        _ draft: TicketDraft, _ standing: Standing, _ now: Timestamp
    ) throws(Refusal) -> Event {
        let stationID = draft.stationID == .keep ? standing.stationID : draft.stationID.applied(to: nil)
        try standing.mustCreate(for: draft.userID, at: stationID)
        guard users.contains(draft.userID) else { throw .notFound("User not found") }
        try mustExist(station: stationID)
        guard tickets.count < DeskLimits.ticketCountMax, counters.nextTicket <= DeskLimits.identifierMax else {
            throw .insufficientStorage("The station cannot hold more tickets")
        }
        let ticket = Ticket(
            description: draft.description, createdAt: now, updatedAt: now, sequence: nextSequence,
            id: counters.nextTicket, userID: draft.userID, stationID: stationID, type: draft.type, status: .open,
            priority: draft.priority)
        try mustHaveRoomForOpenTicket(of: draft.userID, standing)
        try mustHaveRoom(for: ticket.footprint, of: draft.userID, standing)
        let dropped = notifications.feed.dropped(
            forOneMoreOf: standing.userID ?? Shares.nobody, firstKept: firstKeptNotification)
        return event(.ticketCreated(snapshot(of: ticket)), by: standing.caller, now, dropped: dropped)
    }

    func updateTicket(
        _ id: Identifier, _ patch: TicketPatch, _ standing: Standing, _ now: Timestamp
    ) throws(Refusal) -> Decision {
        let ticket = try readable(id, standing)
        try standing.mustChange(patch.fields, of: ticket)
        if case .set(let station) = patch.stationID { try mustExist(station: station) }
        if case .set(let assignee?) = patch.assigneeID {
            guard let user = users[assignee], user.isActive, user.role != .driver else {
                throw .notFound("Assignee not found")
            }
        }
        var next = try patch.applied(to: ticket)
        let changes = next.changes(since: ticket)
        guard !changes.isEmpty else { return .unchanged }
        let growth = next.footprint - ticket.footprint + changes.reduce(0) { $0 + $1.footprint }
        try mustHaveRoom(for: growth, of: ticket.userID, standing)
        // A clock that was set back must not set `updated_at` back.
        let at = max(now, ticket.updatedAt)
        next.updatedAt = at
        next.sequence = nextSequence
        if next.status != ticket.status { next.closedAt = next.status == .closed ? at : nil }
        return .event(noted(.ticketUpdated(snapshot(of: next), changes: changes), on: ticket, standing, at))
    }

    /// Notes that nobody has taken a ticket: once for each ticket, for all its life.
    func escalateTicket(
        _ id: Identifier, _ minutes: Int, _ standing: Standing, _ now: Timestamp
    ) throws(Refusal) -> Decision {
        guard standing.caller == .station else { throw .forbidden("Forbidden resource") }
        guard let ticket = tickets[id], ticket.isWaiting, counters.commentCount < DeskLimits.identifierMax else {
            return .unchanged
        }
        let at = max(now, ticket.updatedAt)
        var next = ticket
        next.escalate(at: at)
        next.sequence = nextSequence
        let escalation = Escalation(minutes: minutes, number: counters.commentCount + 1)
        let dropped = notifications.comments.dropped(forOneMoreOf: Shares.nobody, firstKept: firstKeptNotification)
        return .event(
            event(.ticketEscalated(snapshot(of: next), escalation), by: standing.caller, at, dropped: dropped))
    }

    func deleteTicket(
        _ id: Identifier, _ standing: Standing, _ now: Timestamp
    ) throws(Refusal) -> (event: Event, ticket: TicketSnapshot) {
        let ticket = try readable(id, standing)
        try standing.mustBeAdmin()
        var last = ticket
        last.sequence = nextSequence
        let snapshot = snapshot(of: last)
        return (noted(.ticketDeleted(snapshot), on: ticket, standing, max(now, ticket.updatedAt)), snapshot)
    }

    func addComment(
        to id: Identifier, _ draft: CommentDraft, _ standing: Standing, _ now: Timestamp
    ) throws(Refusal) -> Event {
        let ticket = try readable(id, standing)
        guard standing.readsInternalComments || !draft.isInternal else {
            throw .forbidden("Drivers may not write internal comments")
        }
        guard ticket.comments.count < DeskLimits.commentsPerTicketMax,
            ticket.commentBytes + draft.body.utf8.count <= DeskLimits.commentBytesPerTicketMax
        else { throw .conflict("The ticket cannot have more comments") }
        // A clock that was set back must not set any time of the ticket back.
        let at = max(now, ticket.updatedAt, ticket.comments.last?.createdAt ?? ticket.createdAt)
        let comment = Comment(
            body: draft.body, username: name(of: standing.caller) ?? "", createdAt: at, sequence: nextSequence,
            by: standing.caller, isInternal: draft.isInternal)
        try mustHaveRoom(for: comment.footprint, of: ticket.userID, standing)
        let news = draft.isInternal ? nil : try news(of: comment, on: ticket)
        let change = Event.Change.ticketCommented(
            ticket: id, user: ticket.userID, station: ticket.stationID, comment: comment, news: news)
        if let news, news.number == nil { return noted(change, on: ticket, standing, at) }
        let dropped =
            news?.number == nil
            ? []
            : notifications.comments.dropped(forOneMoreOf: ticket.userID, firstKept: firstKeptNotification)
        return event(change, by: standing.caller, at, dropped: dropped)
    }

    /// The event of a change, which stands in the inboxes of admins and staff if the settings say so.
    ///
    /// Only of drivers' tickets: otherwise the ticket's user could be told of one event in two ways.
    private func noted(
        _ change: Event.Change, on ticket: Ticket, _ standing: Standing, _ at: Timestamp
    ) -> Event {
        guard settings.notesTicketChanges, users[ticket.userID]?.role ?? .driver == .driver,
            counters.commentCount < DeskLimits.identifierMax
        else { return event(change, standing, at) }
        let note = ChangeNote(
            number: counters.commentCount + 1, author: name(of: standing.caller) ?? standing.caller.word ?? "")
        let dropped = notifications.comments.dropped(
            forOneMoreOf: standing.userID ?? Shares.nobody, firstKept: firstKeptNotification)
        return event(change, by: standing.caller, at, dropped: dropped, note: note)
    }

    /// What people are told of a comment that the ticket's user may read: admins and staff if the user wrote it,
    /// otherwise the user. The ticket counts as changed.
    private func news(of comment: Comment, on ticket: Ticket) throws(Refusal) -> CommentNews {
        var next = ticket
        next.updatedAt = comment.createdAt
        next.sequence = comment.sequence
        guard comment.by == .user(ticket.userID) else { return CommentNews(ticket: snapshot(of: next), number: nil) }
        guard counters.commentCount < DeskLimits.identifierMax else {
            throw .insufficientStorage("The station cannot hold more comments")
        }
        return CommentNews(ticket: snapshot(of: next), number: counters.commentCount + 1)
    }

    /// The ticket. Throws `notFound` unless the caller may read it.
    func readable(_ id: Identifier, _ standing: Standing) throws(Refusal) -> Ticket {
        guard let ticket = tickets[id], standing.mayRead(ticket) else { throw .notFound("Support ticket not found") }
        return ticket
    }

    func mustExist(station: Identifier?) throws(Refusal) {
        if let station, !stations.contains(station) { throw .notFound("Station not found") }
    }
}

extension TicketPatch {
    /// The ticket with the fields that this sets.
    ///
    /// A ticket that is opened again loses its rating: that was for a resolution that did not hold.
    fileprivate func applied(to ticket: Ticket) throws(Refusal) -> Ticket {
        var next = ticket
        next.status = status.applied(to: ticket.status)
        next.response = response.applied(to: ticket.response)
        next.description = description.applied(to: ticket.description)
        next.type = type.applied(to: ticket.type)
        next.priority = priority.applied(to: ticket.priority)
        next.stationID = stationID.applied(to: ticket.stationID)
        next.assigneeID = assigneeID.applied(to: ticket.assigneeID)
        if next.status == .closed {
            next.rating = rating.applied(to: ticket.rating)
        } else {
            if case .set(.some) = rating { throw .badRequest("Only closed tickets can be rated") }
            next.rating = nil
        }
        return next
    }
}

extension Ticket {
    /// What is different from `earlier`, in the order of the members.
    fileprivate func changes(since earlier: Ticket) -> [FieldChange] {
        var changes: [FieldChange] = []
        changes.noteNumber(.stationID, from: earlier.stationID, to: stationID)
        changes.noteText(.type, from: earlier.type.rawValue, to: type.rawValue)
        changes.noteText(.description, from: earlier.description, to: description)
        changes.noteText(.status, from: earlier.status.rawValue, to: status.rawValue)
        changes.noteText(.priority, from: earlier.priority.rawValue, to: priority.rawValue)
        changes.noteText(.response, from: earlier.response, to: response)
        changes.noteNumber(.rating, from: earlier.rating.map(Identifier.init), to: rating.map(Identifier.init))
        changes.noteNumber(.assigneeID, from: earlier.assigneeID, to: assigneeID)
        return changes
    }
}
