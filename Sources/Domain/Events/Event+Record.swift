import JSON

// An event as a journal record: one compact JSON object.
//
//     {"seq":N,"at":"…Z","by":2,"type":"ticket.updated", …, "running":N}
//
// `by` is a user's number, "operator", "central" or "station". `running`, in milliseconds, ends few records (see
// RunningTime). What follows `type` depends on it:
//
//     ticket.created      ticket {… user{…} station{…}|null}, changes [],
//                         dropped [{support_id, comment?, sequence, station_id}]? (see Feed)
//     ticket.updated      ticket, changes [{field, from, to}], noted {number, author}?, dropped? (see ChangeNote)
//     ticket.escalated    ticket, minutes, number, dropped? (see Escalation)
//     ticket.deleted      ticket (its last state), changes [], noted?, dropped?
//     ticket.commented    support_id, user_id, station_id, comment {…}, and if people are told of it ticket, number?,
//                         noted?, dropped? (see CommentNews)
//     user.created        user {… password_hash …}
//     user.updated        user, changes
//     user.deleted        user_id, username
//     station.created     station
//     station.updated     station, changes
//     answer.created      answer
//     answer.updated      answer, changes
//     answer.deleted      answer_id, title
//     notifications.read  user_id, ids [sequence numbers] or through (one)
//     notifications.delivered  deliveries [{user_id, through, addressed, created, news_after?}]
//     command.unchanged   name
//     command.refused     name, statusCode, error, message (a sentence or an array of them)
//     uplink.shipped      through (a sequence number), remote (see UplinkState)
//     fleet.*             see FleetChange.swift
//
// What was created by a request with an Idempotency-Key has `idempotency` {key, scope, digest, number, ended [ids]} at
// its end (see FirstAnswer).
//
// The outcome of a command of the central server has `command` {id, number, epoch} after its `type`.
//
// Unknown members are ignored. Unknown types are read as `.unknown`: a station that went back to an older version does
// not know what they changed, and starts only if somebody accepts that.

extension Event {
    /// The record's bytes, without a line end.
    public func record() -> [UInt8] { recordWithTicket().record }

    /// The record, and the answer to a request that creates something. That to a new ticket is the same text as in the
    /// record.
    public func recordWithAnswer() -> (record: [UInt8], answer: CreationAnswer?) {
        let (record, ticket) = recordWithTicket()
        guard case .ticketCreated(let snapshot) = change, let ticket else { return (record, creation) }
        return (record, CreationAnswer(number: UInt64(snapshot.ticket.id), json: Array(record[ticket])))
    }

    /// The record, and where in it the whole ticket is, if it has one.
    private func recordWithTicket() -> (record: [UInt8], ticket: Range<Int>?) {
        var writer = JSONWriter(capacity: 1024)
        var ticket: Range<Int>?
        writer.beginObject()
        writer.member("seq", sequence)
        writer.member("at", at)
        writer.member("by", by.json)
        writer.member("type", type)
        if let command {
            writer.key("command")
            writer.beginObject()
            command.writeMembers(into: &writer)
            writer.endObject()
        }
        writeChange(into: &writer, ticketAt: &ticket)
        if let note {
            writer.key("noted")
            writer.beginObject()
            writer.member("number", id: note.number)
            writer.member("author", note.author)
            writer.endObject()
            writeDropped(into: &writer)
        }
        if let keyed {
            writer.key("idempotency")
            keyed.write(into: &writer)
        }
        if let running { writer.member("running", running) }
        writer.endObject()
        return (writer.bytes, ticket)
    }

    /// The record of an event that a member of the fleet has reported, with that event as it came. For all other events
    /// the same as `record()`.
    ///
    /// - Parameter text: JSON, equal to the reported event's.
    public func record(embedding text: ArraySlice<UInt8>) -> [UInt8] {
        // A record is one line. Line feeds in strings are escaped, so these are white space.
        guard case .fleet(.reported(let reported)) = change, !text.isEmpty, !text.contains(0x0A) else {
            return record()
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("seq", sequence)
        writer.member("at", at)
        writer.member("by", by.json)
        writer.member("type", type)
        writer.member("station", Int64(reported.station))
        writer.key("event")
        writer.raw(text)
        if let running { writer.member("running", running) }
        writer.endObject()
        return writer.bytes
    }

    private func writeChange(into writer: inout JSONWriter, ticketAt place: inout Range<Int>?) {
        switch change {
        case .ticketCreated(let ticket):
            place = Self.writeTicket(ticket, [], into: &writer)
            writeDropped(into: &writer)
        case .ticketUpdated(let ticket, let changes): place = Self.writeTicket(ticket, changes, into: &writer)
        case .ticketEscalated(let ticket, let escalation):
            writer.key("ticket")
            ticket.write(into: &writer)
            writer.member("minutes", escalation.minutes)
            writer.member("number", id: escalation.number)
            writeDropped(into: &writer)
        case .ticketDeleted(let ticket): place = Self.writeTicket(ticket, [], into: &writer)
        case .ticketCommented(let ticket, let user, let station, let comment, let news):
            writer.member("support_id", id: ticket)
            writer.member("user_id", id: user)
            writer.member("station_id", id: station)
            writer.key("comment")
            writer.beginObject()
            comment.writeMembers(into: &writer)
            writer.endObject()
            guard let news else { break }
            writer.key("ticket")
            news.ticket.write(into: &writer)
            if let number = news.number {
                writer.member("number", id: number)
                writeDropped(into: &writer)
            }
        case .userCreated(let user): Self.writeUser(user, into: &writer)
        case .userUpdated(let user, let changes):
            Self.writeUser(user, into: &writer)
            Self.writeChanges(changes, into: &writer)
        case .userDeleted(let id, let username):
            writer.member("user_id", id: id)
            writer.member("username", username)
        case .stationCreated(let station): Self.writeStation(station, into: &writer)
        case .stationUpdated(let station, let changes):
            Self.writeStation(station, into: &writer)
            Self.writeChanges(changes, into: &writer)
        case .answerCreated(let answer):
            writer.key("answer")
            answer.write(into: &writer)
        case .answerUpdated(let answer, let changes):
            writer.key("answer")
            answer.write(into: &writer)
            Self.writeChanges(changes, into: &writer)
        case .answerDeleted(let id, let title):
            writer.member("answer_id", id: id)
            writer.member("title", title)
        case .notificationsRead(let user, let mark):
            writer.member("user_id", id: user)
            mark.writeMember(into: &writer)
        case .notificationsDelivered(let deliveries):
            writer.key("deliveries")
            writer.beginArray()
            for delivery in deliveries {
                writer.beginObject()
                delivery.writeMembers(into: &writer)
                writer.endObject()
            }
            writer.endArray()
        case .commandUnchanged(let name): writer.member("name", name)
        case .commandRefused(let name, let refusal):
            writer.member("name", name)
            refusal.writeMembers(into: &writer)
        case .uplinkShipped(let through, let remote):
            writer.member("through", sequence: through)
            writer.member("remote", remote)
        case .fleet(let change): change.writeMembers(into: &writer)
        case .unknown: break
        }
    }

    private func writeDropped(into writer: inout JSONWriter) {
        guard !dropped.isEmpty else { return }
        writer.key("dropped")
        writer.beginArray()
        for notification in dropped {
            writer.beginObject()
            notification.writeMembers(into: &writer)
            writer.endObject()
        }
        writer.endArray()
    }

    /// Writes the ticket and its changes, and returns where the ticket itself is.
    private static func writeTicket(
        _ ticket: TicketSnapshot, _ changes: [FieldChange], into writer: inout JSONWriter
    ) -> Range<Int> {
        writer.key("ticket")
        let start = writer.bytes.count
        ticket.write(into: &writer)
        let place = start..<writer.bytes.count
        writeChanges(changes, into: &writer)
        return place
    }

    private static func writeUser(_ user: User, into writer: inout JSONWriter) {
        writer.key("user")
        writer.beginObject()
        user.writeMembers(into: &writer)
        user.writeSecretMembers(into: &writer)
        writer.endObject()
    }

    private static func writeStation(_ station: SwapStation, into writer: inout JSONWriter) {
        writer.key("station")
        writer.beginObject()
        station.writeMembers(into: &writer)
        writer.endObject()
    }

    private static func writeChanges(_ changes: [FieldChange], into writer: inout JSONWriter) {
        writer.key("changes")
        writer.beginArray()
        for change in changes {
            writer.beginObject()
            change.writeMembers(into: &writer)
            writer.endObject()
        }
        writer.endArray()
    }
}

extension Event {
    /// Reads a record. Throws if a member that its type needs is missing or not what it should be.
    public init(record: JSONValue) throws(DocumentFault) {
        let reader = try MemberReader(record)
        sequence = try reader.sequence("seq")
        at = try reader.timestamp("at")
        running = reader.value("running") == nil ? nil : try reader.runningTime("running")
        let type = try reader.string("type")
        if let change = try Self.change(reader, type: type, sequence: sequence) {
            by = try reader.caller("by")
            self.change = change
            command = try Self.command(reader, change)
            dropped = try Self.dropped(reader, change)
            notes = reader.value("noted") == nil ? [] : try Self.notes(reader, change)
            keys = try Self.keys(reader, change)
        } else {
            by = (try? reader.caller("by")) ?? .central
            change = .unknown(type: type)
            command = nil
            dropped = []
            notes = []
            keys = []
        }
    }

    private static func keys(_ reader: MemberReader, _ change: Change) throws(DocumentFault) -> [KeyedCreation] {
        guard reader.value("idempotency") != nil else { return [] }
        var ticket: Identifier?
        if case .ticketCreated(let snapshot) = change { ticket = snapshot.ticket.id }
        return [try KeyedCreation(try reader.reader("idempotency"), ticket: ticket)]
    }

    private static func notes(_ reader: MemberReader, _ change: Change) throws(DocumentFault) -> [ChangeNote] {
        switch change {
        case .ticketUpdated, .ticketDeleted: break
        case .ticketCommented(_, _, _, _, let news?) where news.number == nil: break
        default: return []
        }
        return [try ChangeNote(try reader.reader("noted"))]
    }

    private static func dropped(
        _ reader: MemberReader, _ change: Change
    ) throws(DocumentFault) -> [DroppedNotification] {
        switch change {
        case .ticketCreated, .ticketUpdated, .ticketDeleted, .ticketCommented, .ticketEscalated: break
        default: return []
        }
        var dropped: [DroppedNotification] = []
        for entry in try reader.readers("dropped") { dropped.append(try DroppedNotification(entry)) }
        return dropped
    }

    /// The command whose outcome the record is. In records about the fleet, `command` means something else.
    private static func command(
        _ reader: MemberReader, _ change: Change
    ) throws(DocumentFault) -> CommandReference? {
        if case .fleet = change { return nil }
        return reader.value("command") == nil ? nil : try CommandReference(try reader.reader("command"))
    }

    /// The change that a record tells of; nil if its type is unknown here.
    static func change(
        _ reader: MemberReader, type: String, sequence: UInt64
    ) throws(DocumentFault) -> Change? {
        switch type {
        case "ticket.created":
            return .ticketCreated(try ticket(reader, sequence))
        case "ticket.updated":
            return .ticketUpdated(try ticket(reader, sequence), changes: try .read(try reader.readers("changes")))
        case "ticket.escalated":
            return .ticketEscalated(try ticket(reader, sequence), try Escalation(reader))
        case "ticket.deleted": return .ticketDeleted(try ticket(reader, sequence))
        case "ticket.commented":
            let id = try reader.identifier("support_id")
            return .ticketCommented(
                ticket: id, user: try reader.identifier("user_id"),
                station: try reader.optionalIdentifier("station_id"),
                comment: try Comment(try reader.reader("comment"), by: try reader.caller("by")),
                news: try CommentNews(reader, on: id, sequence: sequence))
        case "user.created": return .userCreated(try User(try reader.reader("user"), sequence: sequence))
        case "user.updated":
            return .userUpdated(
                try User(try reader.reader("user"), sequence: sequence),
                changes: try .read(try reader.readers("changes")))
        case "user.deleted":
            return .userDeleted(try reader.identifier("user_id"), username: try reader.string("username"))
        case "station.created":
            return .stationCreated(try SwapStation(try reader.reader("station"), sequence: sequence))
        case "station.updated":
            return .stationUpdated(
                try SwapStation(try reader.reader("station"), sequence: sequence),
                changes: try .read(try reader.readers("changes")))
        case "answer.created": return .answerCreated(try CannedAnswer(try reader.reader("answer"), sequence: sequence))
        case "answer.updated":
            return .answerUpdated(
                try CannedAnswer(try reader.reader("answer"), sequence: sequence),
                changes: try .read(try reader.readers("changes")))
        case "answer.deleted":
            return .answerDeleted(try reader.identifier("answer_id"), title: try reader.string("title"))
        case "notifications.read":
            return .notificationsRead(user: try reader.identifier("user_id"), try ReadMark(reader))
        case "notifications.delivered":
            var deliveries: [DeliveryMark] = []
            for entry in try reader.readers("deliveries") { deliveries.append(try DeliveryMark(entry)) }
            return .notificationsDelivered(deliveries)
        case "command.unchanged": return .commandUnchanged(name: try reader.string("name"))
        case "command.refused":
            return .commandRefused(name: try reader.string("name"), try CommandRefusal(reader))
        case "uplink.shipped":
            return .uplinkShipped(
                through: try reader.sequence("through"), remote: try reader.optionalString("remote"))
        default:
            return try FleetChange(
                reader, type: type, by: try reader.caller("by"), sequence: sequence, at: try reader.timestamp("at")
            ).map(Change.fleet)
        }
    }

    private static func ticket(_ reader: MemberReader, _ sequence: UInt64) throws(DocumentFault) -> TicketSnapshot {
        try TicketSnapshot(try reader.reader("ticket"), sequence: sequence)
    }
}

extension ReadMark {
    fileprivate func writeMember(into writer: inout JSONWriter) {
        switch self {
        case .ids(let sequences):
            writer.key("ids")
            writer.beginArray()
            for sequence in sequences { writer.unsigned(sequence) }
            writer.endArray()
        case .through(let sequence): writer.member("through", sequence)
        }
    }

    fileprivate init(_ reader: MemberReader) throws(DocumentFault) {
        if let through = try reader.optionalSequence("through") {
            self = .through(through)
        } else {
            self = .ids(try reader.sequences("ids"))
        }
    }
}
