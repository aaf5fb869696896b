import JSON

// fleet-<station>/<id>.json: the members of the ticket's document at its station except `sequence`; user {…},
// station {…}|null; fleet_station_id, fleet_epoch, fleet_sequence (the station's last event in it), fleet_snapshot
// (the last pass that had it), and sequence, which is the central server's own.

/// A ticket of a member of the fleet, as far as the member's events have arrived.
public struct FleetTicket: Hashable, DeskDocument, Numbered {
    /// The ticket with its comments and history, numbered by the member.
    public private(set) var ticket: Ticket

    /// The ticket's user.
    public private(set) var user: Contact

    /// The swap station that the ticket is about, numbered by the member.
    private(set) var place: SwapStation?

    /// The member of the fleet whose ticket it is.
    public let station: Identifier

    /// The member's epoch, to which the two numbers below belong.
    private(set) var epoch: String

    /// The member's last event in it.
    private(set) var stationSequence: UInt64

    /// The last pass of snapshots that had it; 0 if none had.
    private(set) var mark: UInt64 = 0

    /// The central server's last event in it.
    public private(set) var documentSequence: UInt64

    /// The ticket's number at the member.
    public var id: Identifier { ticket.id }

    /// The ticket as in an answer.
    public var snapshot: TicketSnapshot { TicketSnapshot(ticket: ticket, user: user, station: place) }

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        ticket = try Ticket(document: reader)
        guard ticket.id == id else { throw reader.fault("support_id", "must be the number in the file's name") }
        user = try Contact(try reader.reader("user"))
        place = reader.value("station") == nil ? nil : try SwapStation(try reader.reader("station"), sequence: 0)
        station = try reader.fleetMember("fleet_station_id")
        epoch = try reader.string("fleet_epoch")
        stationSequence = try reader.sequence("fleet_sequence")
        mark = try reader.sequence("fleet_snapshot")
        documentSequence = try reader.sequence("sequence")
    }

    init?(madeBy event: Event, id: Identifier) {
        guard case .fleet(.reported(let reported)) = event.change else { return nil }
        let snapshot: TicketSnapshot
        switch reported.content {
        case .ticket(let inner):
            guard let subject = inner.ticket, let made = Ticket(madeBy: inner, id: id) else { return nil }
            (snapshot, ticket, stationSequence) = (subject, made, reported.sequence)
        case .snapshot(let mark, let subject, let thread):
            (snapshot, ticket, stationSequence) = (subject, thread, thread.documentSequence)
            self.mark = mark
        case .missing, .other, .notUnderstood: return nil
        }
        user = snapshot.user
        place = snapshot.station
        station = reported.station
        epoch = reported.epoch
        documentSequence = event.sequence
    }

    var path: DocumentPath { DocumentPath(.fleetTickets, id, of: station) }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        guard case .fleet(let change) = event.change else { return }
        switch change {
        case .ticketsRemoved(let station, let ids):
            paths.append(contentsOf: ids.map { DocumentPath(.fleetTickets, $0, of: station) })
        case .reported(let reported):
            if let ticket = reported.ticket { paths.append(DocumentPath(.fleetTickets, ticket, of: reported.station)) }
        default: break
        }
    }

    mutating func fold(_ event: Event) -> Bool {
        documentSequence = event.sequence
        guard case .fleet(let change) = event.change else { return true }
        switch change {
        case .ticketsRemoved: return false
        case .reported(let reported): return foldReported(reported, event)
        default: return true
        }
    }

    private mutating func foldReported(_ reported: FleetEvent, _ event: Event) -> Bool {
        // Numbers of another epoch cannot be compared with those of this one.
        let isOfNewEpoch = reported.epoch != epoch
        switch reported.content {
        case .ticket(let inner):
            guard isOlder(than: reported) else { return true }
            if case .ticketDeleted = inner.change { return false }
            if isOfNewEpoch {
                if let anew = FleetTicket(madeBy: event, id: id) { self = anew }
                return true
            }
            stationSequence = reported.sequence
            if case .ticketCommented = inner.change, !hasRoomForComment(of: inner) { return true }
            _ = ticket.fold(inner)
            if let subject = inner.ticket { (user, place) = (subject.user, subject.station) }
        case .snapshot(let mark, let subject, let thread):
            if isOfNewEpoch || thread.documentSequence >= stationSequence {
                (ticket, user, place) = (thread, subject.user, subject.station)
                stationSequence = thread.documentSequence
            }
            epoch = reported.epoch
            self.mark = mark
        case .notUnderstood:
            // The member has the ticket, in whatever form; the next event of its epoch that is understood counts.
            if isOfNewEpoch { stationSequence = 0 }
            epoch = reported.epoch
            mark = reported.sequence
        case .missing, .other: break
        }
        return true
    }

    /// Whether it does not have an event of the member yet.
    func isOlder(than reported: FleetEvent) -> Bool {
        reported.epoch != epoch || reported.sequence > stationSequence
    }

    /// Whether a comment fits; at no station can a ticket have more.
    private func hasRoomForComment(of inner: Event) -> Bool {
        guard case .ticketCommented(_, _, _, let comment, _) = inner.change else { return false }
        return ticket.comments.count < DeskLimits.commentsPerTicketMax
            && ticket.commentBytes + comment.body.utf8.count <= DeskLimits.commentBytesPerTicketMax
    }

    /// Whether a pass that began at the member's event `mark` of `epoch` shows that the member no longer has it.
    func isGone(after mark: UInt64, of epoch: String) -> Bool {
        self.epoch != epoch || (self.mark != mark && stationSequence <= mark)
    }

    func write(into object: inout JSONObject) {
        ticket.write(into: &object)
        var person = JSONObject()
        user.writeMembers(into: &person)
        object["user"] = .object(person)
        object["station"] =
            place.map { place in
                var members = JSONObject()
                place.writeMembers(into: &members)
                return .object(members)
            } ?? .null
        object["fleet_station_id"] = .integer(Int64(station))
        object.member("fleet_epoch", epoch)
        object.member("fleet_sequence", sequence: stationSequence)
        object.member("fleet_snapshot", sequence: mark)
    }

    /// The memory that it uses, in bytes by a quick estimate: each text, and a round sum for what is around it.
    var footprint: Int {
        let comments = ticket.comments.reduce(0) { $0 + $1.body.utf8.count + $1.username.utf8.count + 128 }
        let history = (ticket.historyStored ?? []).reduce(0) { $0 + $1.change.textBytes + 128 }
        let texts = [
            ticket.description, ticket.response, user.username, user.email, user.phone, place?.name, place?.address,
        ]
        return 1024 + comments + history + texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) }
    }
}
