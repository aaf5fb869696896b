import Bytes
import JSON

// notifications/<page>.json: page, entries [{sequence, at, support_id, comment?, noted?, escalated?, station_id,
// priority, by}], sequence.
//
// An escalation has a number among the comments and `escalated: true`, the note of a change `noted: true`.

/// A page of what admins and the staff of a swap station share: of the index of `support:ticket:created`, or of that of
/// `support:ticket:commented`.
///
/// The page of an entry follows from its number: the ticket's, or for a comment one above those of all tickets. A page
/// ends with its last entry; which entries leave, `Feed` decides. Pages are short, so a checkpoint rewrites little.
struct FeedPage: Hashable, DeskDocument, Numbered {
    struct Entry: Hashable, Sendable {
        let sequence: UInt64
        let at: Timestamp
        let ticket: Identifier

        /// The number of the comment or escalation, from 1 upwards; nil if the ticket was created.
        let comment: Identifier?
        let station: Identifier?
        let priority: TicketPriority

        /// The user who created the ticket or wrote the comment, or `Shares.nobody`.
        let author: Identifier
        var isEscalation = false
        var isNote = false

        var kind: Notification.Kind {
            if isEscalation { return .escalated }
            if isNote { return .noted }
            return comment == nil ? .created : .commented
        }

        var number: Identifier { FeedPage.number(ofTicket: ticket, comment: comment) }
    }

    /// The number of entries on a page.
    static let length: Identifier = 64

    /// The number of the page, from 1 upwards.
    let id: Identifier

    /// By rising sequence.
    private(set) var entries: [Entry] = []
    private(set) var documentSequence: UInt64 = 0

    /// The page that the entry with this number is on.
    static func page(of number: Identifier) -> Identifier { (number - 1) / length + 1 }

    /// The number of the entry of a created ticket, or of a comment on it.
    static func number(ofTicket ticket: Identifier, comment: Identifier?) -> Identifier {
        // Neither is above the greatest number, and twice that is still a number.
        comment.map { DeskLimits.identifierMax + $0 } ?? ticket
    }

    /// Whether the page `id` is one of comments.
    static func hasComments(_ id: Identifier) -> Bool { id > page(of: DeskLimits.identifierMax) }

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        self.id = id
        for entry in try reader.readers("entries") {
            entries.append(
                Entry(
                    sequence: try entry.sequence("sequence"), at: try entry.timestamp("at"),
                    ticket: try entry.identifier("support_id"), comment: try entry.optionalIdentifier("comment"),
                    station: try entry.optionalIdentifier("station_id"),
                    priority: entry.value("priority") == nil ? .high : try entry.word("priority"),
                    author: try entry.optionalIdentifier("by") ?? Shares.nobody,
                    isEscalation: entry.value("escalated")?.boolValue == true,
                    isNote: entry.value("noted")?.boolValue == true))
        }
        guard entries.rises(by: \.sequence) else { throw reader.fault("entries", "must rise by sequence") }
        documentSequence = try reader.sequence("sequence")
    }

    init?(madeBy event: Event, id: Identifier) {
        self.id = id
        guard fold(event) else { return nil }
    }

    var path: DocumentPath { DocumentPath(.notifications, id) }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        guard let number = number(madeBy: event) else { return }
        let page = page(of: number)
        paths.append(DocumentPath(.notifications, page))
        var last = page
        for dropped in event.dropped {
            let id = Self.page(of: dropped.number)
            if id != page, id != last { paths.append(DocumentPath(.notifications, id)) }
            last = id
        }
    }

    mutating func fold(_ event: Event) -> Bool {
        documentSequence = event.sequence
        for dropped in event.dropped where Self.page(of: dropped.number) == id {
            if let place = entries.firstIndex(where: { $0.number == dropped.number }) { entries.remove(at: place) }
        }
        if let entry = Self.entry(madeBy: event), Self.page(of: entry.number) == id { entries.append(entry) }
        return !entries.isEmpty
    }

    /// The number of the entry that an event adds; nil if it adds none.
    private static func number(madeBy event: Event) -> Identifier? {
        if let note = event.note, let ticket = event.ticket?.ticket.id {
            return number(ofTicket: ticket, comment: note.number)
        }
        return numberOfChange(madeBy: event)
    }

    private static func numberOfChange(madeBy event: Event) -> Identifier? {
        switch event.change {
        case .ticketCreated(let snapshot): snapshot.ticket.id
        case .ticketCommented(let ticket, _, _, _, let news?):
            news.number.map { number(ofTicket: ticket, comment: $0) }
        case .ticketEscalated(let snapshot, let escalation):
            number(ofTicket: snapshot.ticket.id, comment: escalation.number)
        default: nil
        }
    }

    private static func entry(madeBy event: Event) -> Entry? {
        guard number(madeBy: event) != nil, let ticket = event.ticket?.ticket else { return nil }
        if let note = event.note {
            return Entry(
                sequence: event.sequence, at: event.at, ticket: ticket.id, comment: note.number,
                station: ticket.stationID, priority: .low, author: event.by.userID ?? Shares.nobody, isNote: true)
        }
        var comment: Identifier?
        if case .ticketCommented(_, _, _, _, let news?) = event.change { comment = news.number }
        if case .ticketEscalated(_, let escalation) = event.change {
            // Staff hear of their swap station's entries, and this one is for admins.
            return Entry(
                sequence: event.sequence, at: event.at, ticket: ticket.id, comment: escalation.number, station: nil,
                priority: ticket.priority, author: Shares.nobody, isEscalation: true)
        }
        return Entry(
            sequence: event.sequence, at: event.at, ticket: ticket.id, comment: comment, station: ticket.stationID,
            priority: comment == nil ? ticket.priority : .medium, author: event.by.userID ?? Shares.nobody)
    }

    func write(into object: inout JSONObject) {
        object.member("page", id: id)
        object["entries"] = .array(
            entries.map { entry in
                var object = JSONObject()
                object.member("sequence", sequence: entry.sequence)
                object.member("at", entry.at)
                object.member("support_id", id: entry.ticket)
                if let comment = entry.comment { object.member("comment", id: comment) }
                if entry.isNote { object.member("noted", true) }
                if entry.isEscalation { object.member("escalated", true) }
                object.member("station_id", id: entry.station)
                object.member("priority", entry.priority.rawValue)
                object.member("by", id: entry.author == Shares.nobody ? nil : entry.author)
                return .object(object)
            })
    }
}

extension Array {
    /// Whether each element's sequence is greater than the one before.
    func rises(by sequence: (Element) -> UInt64) -> Bool {
        zip(self, dropFirst()).allSatisfy { sequence($0) < sequence($1) }
    }

    /// How many elements have a sequence up to `last`. The elements rise by sequence. O(log n).
    func count(through last: UInt64, by sequence: (Element) -> UInt64) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if sequence(self[middle]) <= last { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
