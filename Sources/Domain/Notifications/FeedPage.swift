import Bytes
import JSON

// notifications/<page>.json: page, entries [{sequence, at, support_id, station_id, priority, by}], sequence.

/// A page of the index of `support:ticket:created`, which admins and the staff of a swap station share.
///
/// The page of a ticket follows from its number. A page ends with its last entry; which entries leave, `Feed` decides.
/// Pages are short, so a checkpoint rewrites little.
struct FeedPage: Hashable, DeskDocument, Numbered {
    struct Entry: Hashable, Sendable {
        let sequence: UInt64
        let at: Timestamp
        let ticket: Identifier
        let station: Identifier?
        let priority: TicketPriority

        /// The user who created the ticket, or `Shares.nobody`.
        let author: Identifier
    }

    /// The number of tickets on a page.
    static let length: Identifier = 64

    /// The number of the page, from 1 upwards.
    let id: Identifier

    /// By rising sequence.
    private(set) var entries: [Entry] = []
    private(set) var documentSequence: UInt64 = 0

    /// The page that the ticket `id` is on.
    static func page(of id: Identifier) -> Identifier { (id - 1) / length + 1 }

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        self.id = id
        for entry in try reader.readers("entries") {
            entries.append(
                Entry(
                    sequence: try entry.sequence("sequence"), at: try entry.timestamp("at"),
                    ticket: try entry.identifier("support_id"), station: try entry.optionalIdentifier("station_id"),
                    priority: entry.value("priority") == nil ? .high : try entry.word("priority"),
                    author: try entry.optionalIdentifier("by") ?? Shares.nobody))
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
        guard case .ticketCreated(let snapshot, _) = event.change else { return }
        let page = page(of: snapshot.ticket.id)
        paths.append(DocumentPath(.notifications, page))
        var last = page
        for dropped in event.dropped {
            let id = Self.page(of: dropped.ticket)
            if id != page, id != last { paths.append(DocumentPath(.notifications, id)) }
            last = id
        }
    }

    mutating func fold(_ event: Event) -> Bool {
        documentSequence = event.sequence
        guard case .ticketCreated(let snapshot, _) = event.change else { return true }
        for dropped in event.dropped where Self.page(of: dropped.ticket) == id {
            if let place = entries.firstIndex(where: { $0.ticket == dropped.ticket }) { entries.remove(at: place) }
        }
        let ticket = snapshot.ticket
        if Self.page(of: ticket.id) == id {
            entries.append(
                Entry(
                    sequence: event.sequence, at: event.at, ticket: ticket.id, station: ticket.stationID,
                    priority: ticket.priority, author: event.by.userID ?? Shares.nobody))
        }
        return !entries.isEmpty
    }

    func write(into object: inout JSONObject) {
        object.member("page", id: id)
        object["entries"] = .array(
            entries.map { entry in
                var object = JSONObject()
                object.member("sequence", sequence: entry.sequence)
                object.member("at", entry.at)
                object.member("support_id", id: entry.ticket)
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
