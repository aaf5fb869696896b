import JSON

// tickets/<id>.json: the members of an answer, then filed_by, comments, history, escalated_at, ticket_sequence (the
// last event that changed the fields) and sequence (the last event that changed anything).

extension Ticket: DeskDocument {
    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        try self.init(document: reader)
        guard self.id == id else { throw reader.fault("support_id", "must be the number in the file's name") }
    }

    /// Reads the ticket with its comments and history.
    init(document reader: MemberReader) throws(DocumentFault) {
        let sequence = try reader.optionalSequence("ticket_sequence")
        if let sequence {
            try self.init(reader, sequence: sequence)
        } else {
            try self.init(reader, sequence: try reader.sequence("sequence"))
        }
        filedBy = try reader.optionalCaller("filed_by")
        commentsStored = try Self.comments(reader)
        historyStored = try Self.history(reader)
    }

    private static func comments(_ reader: MemberReader) throws(DocumentFault) -> [Comment]? {
        var comments: [Comment] = []
        for entry in try reader.readers("comments") {
            comments.append(
                try Comment(entry, by: try entry.optionalCaller("by") ?? .operator))
        }
        return comments.isEmpty ? nil : comments
    }

    private static func history(_ reader: MemberReader) throws(DocumentFault) -> [HistoryEntry]? {
        var history: [HistoryEntry] = []
        for entry in try reader.readers("history") {
            guard let change = try FieldChange(entry) else { continue }
            history.append(
                HistoryEntry(
                    change: change, at: try entry.timestamp("at"), sequence: try entry.sequence("sequence"),
                    by: try entry.caller("by")))
        }
        return history.isEmpty ? nil : history
    }

    init?(madeBy event: Event, id: Identifier) {
        switch event.change {
        case .ticketCreated(let snapshot):
            self = snapshot.ticket
            if event.by != .user(userID) { filedBy = event.by }
        case .ticketUpdated(let snapshot, let changes):
            // The document was lost. The record has all fields, so only comments and history are gone.
            self = snapshot.ticket
            note(changes, of: event)
        case .ticketEscalated(let snapshot, _): self = snapshot.ticket
        case .ticketCommented(_, _, _, let comment, let news?):
            self = news.ticket.ticket
            commentsStored = [comment]
        default: return nil
        }
    }

    var path: DocumentPath { DocumentPath(.tickets, id) }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        // One case each: a pattern shared by several copies the whole snapshot.
        switch event.change {
        case .ticketCreated(let snapshot): paths.append(DocumentPath(.tickets, snapshot.ticket.id))
        case .ticketUpdated(let snapshot, _): paths.append(DocumentPath(.tickets, snapshot.ticket.id))
        case .ticketEscalated(let snapshot, _): paths.append(DocumentPath(.tickets, snapshot.ticket.id))
        case .ticketDeleted(let snapshot): paths.append(DocumentPath(.tickets, snapshot.ticket.id))
        case .ticketCommented(let ticket, _, _, _, _): paths.append(DocumentPath(.tickets, ticket))
        default: break
        }
    }

    mutating func fold(_ event: Event) -> Bool {
        switch event.change {
        case .ticketCreated(let snapshot): adopt(snapshot.ticket)
        case .ticketUpdated(let snapshot, let changes):
            adopt(snapshot.ticket)
            note(changes, of: event)
        case .ticketEscalated(let snapshot, _): adopt(snapshot.ticket)
        case .ticketDeleted: return false
        case .ticketCommented(_, _, _, let comment, let news):
            if let news { adopt(news.ticket.ticket) }
            if commentsStored == nil { commentsStored = [] }
            commentsStored?.append(comment)
        default: break
        }
        return true
    }

    /// Copies the fields that records have.
    private mutating func adopt(_ next: Ticket) {
        description = next.description
        response = next.response
        createdAt = next.createdAt
        updatedAt = next.updatedAt
        closedAt = next.closedAt
        sequence = next.sequence
        userID = next.userID
        stationID = next.stationID
        assigneeID = next.assigneeID
        type = next.type
        status = next.status
        priority = next.priority
        rating = next.rating
        escalatedAfter = next.escalatedAfter
    }

    private mutating func note(_ changes: [FieldChange], of event: Event) {
        guard !changes.isEmpty else { return }
        if historyStored == nil { historyStored = [] }
        historyStored?.append(
            contentsOf: changes.map {
                HistoryEntry(change: $0, at: event.at, sequence: event.sequence, by: event.by)
            })
        let history = historyStored ?? []
        var surplus = max(0, history.count - DeskLimits.historyPerTicketMax)
        var bytes = history[surplus...].reduce(0) { $0 + $1.change.textBytes }
        while bytes > DeskLimits.historyBytesPerTicketMax {
            bytes -= history[surplus].change.textBytes
            surplus += 1
        }
        if surplus > 0 { historyStored = Array(history[surplus...]) }
    }

    func write(into object: inout JSONObject) {
        writeFixedMembers(into: &object)
        object["filed_by"] = filedBy?.json ?? .null
        object["comments"] = .array(comments.map(\.json))
        object["history"] = .array((historyStored ?? []).map(\.json))
        // Always, so that it has its place however the document came about.
        object.member("escalated_at", escalatedAt)
        object.member("ticket_sequence", sequence: sequence)
    }
}

extension Comment {
    fileprivate var json: JSONValue {
        var object = JSONObject()
        writeMembers(into: &object)
        if by.userID == nil { object["by"] = by.json }
        return .object(object)
    }
}

extension HistoryEntry {
    fileprivate var json: JSONValue {
        var object = JSONObject()
        object.member("at", at)
        object["by"] = by.json
        change.writeMembers(into: &object)
        object.member("sequence", sequence: sequence)
        return .object(object)
    }
}
