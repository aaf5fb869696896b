import JSON

/// The table of all kinds of documents: where each is on disk, and how it gets into the desk and out of it.
///
/// Restoring, applying, projecting and listing go through this table. To add a kind, name it in `DocumentPath.Kind`,
/// give it an entry at the same place here, and write its `DeskDocument` type in a file of its own. The entry says
/// which property of the desk holds the documents.
///
/// Directories are read at start, and the documents of an event are changed, in the order of the entries. The state
/// does not depend on it.
enum DocumentRegistry {
    static let entries = [
        Entry(
            .tickets, in: .one("tickets"), idMember: "support_id", of: Ticket.self,
            apply: { desk, event, path in
                desk.tickets.apply(event, id: path.id)
                if desk.tickets.rows.contains(path.id) { desk.counters.pass(ticket: path.id) }
            },
            put: { desk, ticket, _ in
                desk.tickets.put(ticket)
                desk.counters.pass(ticket: ticket.id)
            },
            visit: { $0.tickets.rows.forEach($1) }),
        Entry(
            .users, in: .one("users"), idMember: "user_id", of: User.self,
            apply: { desk, event, path in
                desk.users.apply(event, id: path.id)
                if desk.users.contains(path.id) { desk.counters.pass(user: path.id) }
            },
            put: { desk, user, _ in
                desk.users.insert(user)
                desk.counters.pass(user: user.id)
            },
            visit: { $0.users.forEach($1) }),
        Entry(
            .stations, in: .one("stations"), idMember: "station_id", of: SwapStation.self,
            apply: { desk, event, path in
                desk.stations.apply(event, id: path.id)
                if desk.stations.contains(path.id) { desk.counters.pass(station: path.id) }
            },
            put: { desk, station, _ in
                desk.stations.insert(station)
                desk.counters.pass(station: station.id)
            },
            visit: { $0.stations.forEach($1) }),
        Entry(
            .answers, in: .one("answers"), idMember: "answer_id", of: CannedAnswer.self,
            apply: { desk, event, path in
                desk.answers.apply(event, id: path.id)
                if desk.answers.contains(path.id) { desk.counters.pass(answer: path.id) }
            },
            put: { desk, answer, _ in
                desk.answers.insert(answer)
                desk.counters.pass(answer: answer.id)
            },
            visit: { $0.answers.forEach($1) }),
        Entry(
            .inboxes, in: .one("inboxes"), idMember: "user_id", of: Inbox.self,
            apply: { desk, event, path in desk.notifications.inboxes.apply(event, user: path.id) },
            put: { desk, inbox, _ in desk.notifications.inboxes.put(inbox) },
            visit: { $0.notifications.inboxes.forEach($1) }),
        Entry(
            .deliveries, in: .one("deliveries"), idMember: "page", of: DeliveryPage.self,
            apply: { desk, event, path in desk.notifications.deliveries.apply(event, id: path.id) },
            put: { desk, page, _ in desk.notifications.deliveries.insert(page) },
            visit: { $0.notifications.deliveries.forEach($1) }),
        Entry(
            .idempotency, in: .one("idempotency"), idMember: nil, of: FirstAnswer.self,
            apply: { desk, event, path in desk.firstAnswers.apply(event, id: path.id) },
            put: { desk, answer, _ in desk.firstAnswers.put(answer) },
            visit: { $0.firstAnswers.rows.forEach($1) }),
        Entry(
            .notifications, in: .one("notifications"), idMember: "page", of: FeedPage.self,
            apply: { desk, event, path in desk.notifications[feedOf: path.id].apply(event, id: path.id) },
            put: { desk, page, _ in desk.notifications[feedOf: page.id].put(page) },
            visit: {
                $0.notifications.feed.pages.forEach($1)
                $0.notifications.comments.pages.forEach($1)
            }),
        Entry(
            .counters, in: .one("counters"), idMember: nil, of: Counters.self,
            apply: { desk, event, _ in _ = desk.counters.apply(event) },
            put: { desk, counters, _ in desk.counters.pass(counters) },
            visit: { $1($0.counters) }),
        Entry(
            .uplink, in: .one("uplink"), idMember: nil, of: UplinkState.self,
            apply: { desk, event, _ in _ = desk.uplink.apply(event) },
            put: { desk, state, _ in desk.uplink = state },
            visit: { if $0.uplink.documentSequence > 0 { $1($0.uplink) } }),
        Entry(
            .running, in: .one("running"), idMember: nil, of: RunningTime.self,
            apply: { desk, event, _ in _ = desk.runningTime.apply(event) },
            put: { desk, time, _ in desk.runningTime = time },
            visit: { if $0.runningTime.documentSequence > 0 { $1($0.runningTime) } }),
        Entry(
            .fleet, in: .one("fleet"), idMember: "station_id", of: FleetMember.self,
            apply: { desk, event, path in desk.fleet.members.apply(event, id: path.id) },
            put: { desk, member, _ in desk.fleet.members.insert(member) },
            visit: { $0.fleet.members.forEach($1) }),
        Entry(
            .fleetCommands, in: .one("fleet-commands"), idMember: "station_id", of: FleetCommands.self,
            apply: { desk, event, path in desk.fleet.commands.apply(event, id: path.id) },
            put: { desk, commands, _ in desk.fleet.commands.insert(commands) },
            visit: { $0.fleet.commands.forEach($1) }),
        Entry(
            .fleetTickets, in: .ofEachMember("fleet-"), idMember: "support_id", of: FleetTicket.self,
            apply: { desk, event, path in desk.fleet.tickets.apply(event, id: path.id, of: path.station) },
            put: { desk, ticket, path throws(DocumentFault) in try desk.fleet.tickets.put(ticket, of: path.station) },
            visit: { $0.fleet.tickets.forEach($1) }),
    ]

    static subscript(kind: DocumentPath.Kind) -> Entry { entries[kind.rawValue] }

    // Every change comes through here, so these look at entries in place: a copy of an entry retains five closures.

    /// Folds an event into the desk's document at `path`, makes it or ends it.
    static func apply(_ event: Event, at path: DocumentPath, to desk: Desk) {
        entries[path.kind.rawValue].apply(desk, event, path)
    }

    /// The documents that an event may make, change or end.
    static func paths(touchedBy event: Event) -> [DocumentPath] {
        var paths: [DocumentPath] = []
        paths.reserveCapacity(4)
        for index in entries.indices { entries[index].appendPaths(event, &paths) }
        return paths
    }
}

extension DocumentRegistry {
    /// The directories of a kind of documents.
    enum Directory: Sendable {
        /// One with this name.
        case one(String)
        /// One for each member of the fleet, whose number follows this prefix.
        case ofEachMember(String)
    }

    /// A kind of documents.
    struct Entry: Sendable {
        let kind: DocumentPath.Kind
        let directory: Directory

        /// The member that repeats the number in the file's name.
        let idMember: String?

        /// Appends the paths of the documents that an event may make, change or end.
        let appendPaths: @Sendable (Event, inout [DocumentPath]) -> Void

        /// Folds an event into the desk's document at the path, makes it or ends it.
        let apply: @Sendable (Desk, Event, DocumentPath) -> Void

        /// Reads a document into the desk and returns its sequence. Throws, and changes nothing, if it is not a
        /// document of this kind.
        let restore: @Sendable (Desk, DocumentPath, MemberReader) throws(DocumentFault) -> UInt64

        /// What becomes of a document by an event that touches it; nil if it ends, or if there is still none.
        let project: @Sendable (JSONObject?, Identifier, Event) throws(DocumentFault) -> JSONObject?

        /// Visits every document of the desk in a fixed order.
        let visit: @Sendable (Desk, (DocumentPath, JSONObject) -> Void) -> Void

        /// - Parameters:
        ///   - apply: see the property of this name.
        ///   - put: adds a document to the desk, or replaces an earlier version.
        ///   - visit: visits every document of the desk in a fixed order.
        init<State: DeskDocument>(
            _ kind: DocumentPath.Kind, in directory: Directory, idMember: String?, of type: State.Type,
            apply: @escaping @Sendable (Desk, Event, DocumentPath) -> Void,
            put: @escaping @Sendable (Desk, State, DocumentPath) throws(DocumentFault) -> Void,
            visit: @escaping @Sendable (Desk, (State) -> Void) -> Void
        ) {
            self.kind = kind
            self.directory = directory
            self.idMember = idMember
            appendPaths = { event, paths in State.appendPaths(touchedBy: event, to: &paths) }
            self.apply = apply
            restore = { desk, path, reader throws(DocumentFault) in
                let state = try State(reader, id: path.id)
                try put(desk, state, path)
                return state.documentSequence
            }
            project = { document, id, event throws(DocumentFault) in
                guard let document else { return State(madeBy: event, id: id)?.json() }
                var state = try State(MemberReader(document), id: id)
                // A document that already has the event stays as it is, to the byte.
                if event.sequence <= state.documentSequence { return document }
                return state.fold(event) ? state.json(over: document) : nil
            }
            self.visit = { desk, visitDocument in visit(desk) { visitDocument($0.path, $0.json()) } }
        }
    }
}

extension Event {
    /// The documents that this event may make, change or end.
    public var documents: [DocumentPath] { DocumentRegistry.paths(touchedBy: self) }
}
